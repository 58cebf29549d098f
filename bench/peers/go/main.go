// The AWS SDK for Go v2, keeping requests in flight until it is ended.
package main

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func number(name string) int {
	value, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	return value
}

func body() []byte {
	bytes := make([]byte, number("PEER_SIZE"))
	for i := range bytes {
		bytes[i] = byte('a' + i%26)
	}
	return bytes
}

func load() aws.Config {
	inFlight := number("PEER_IN_FLIGHT")
	transport := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns = inFlight
		t.MaxIdleConnsPerHost = inFlight
		t.MaxConnsPerHost = inFlight
	})
	loaded, err := config.LoadDefaultConfig(context.Background(),
		config.WithHTTPClient(transport),
		config.WithRetryMaxAttempts(1),
		config.WithBaseEndpoint(os.Getenv("PEER_ENDPOINT")))
	if err != nil {
		log.Fatal(err)
	}
	return loaded
}

func sender() func() error {
	ctx, kind := context.Background(), os.Getenv("PEER_KIND")
	bucket, key := aws.String(os.Getenv("PEER_BUCKET")), aws.String(os.Getenv("PEER_KEY"))
	content, loaded := body(), load()
	if kind == "sqs" {
		client, text := sqs.NewFromConfig(loaded), string(content)
		queue := aws.String(os.Getenv("PEER_QUEUE"))
		return func() error {
			_, err := client.SendMessage(ctx, &sqs.SendMessageInput{
				QueueUrl: queue, MessageBody: &text})
			return err
		}
	}
	client := s3.NewFromConfig(loaded, func(o *s3.Options) { o.UsePathStyle = true })
	if kind == "put" {
		return func() error {
			_, err := client.PutObject(ctx, &s3.PutObjectInput{
				Bucket: bucket, Key: key, Body: bytes.NewReader(content)})
			return err
		}
	}
	return func() error {
		answer, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	}
}

func main() {
	send := sender()
	for i := 0; i < number("PEER_IN_FLIGHT"); i++ {
		go func() {
			for {
				if err := send(); err != nil {
					log.Fatal(err)
				}
			}
		}()
	}
	select {}
}
