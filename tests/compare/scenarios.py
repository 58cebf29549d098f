"""What is asked of moto, service by service: things are made with inia, then read with inia and
with boto3, which must tell the same.

A scenario is a list of steps: do(operation, parameters) and read(operation, parameters). Where
parameters are not known beforehand they are a function of what earlier steps of the scenario put
out, by operation.
"""

import base64
import io
import json
import zipfile

ROLE = "arn:aws:iam::123456789012:role/example"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def do(operation, parameters=None, body=None):
    return ("do", operation, parameters or {}, body)


def read(operation, parameters=None):
    return ("read", operation, parameters or {}, None)


def either(operation, parameters):
    """Of an operation that not every version of moto has: it does as it does for boto3."""
    return ("either", operation, parameters, None)


def refused(operation, code, parameters):
    return ("refused " + code, operation, parameters, None)


def zipped_function():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("main.py", "def handler(event, context):\n    return event\n")
    return base64.b64encode(out.getvalue()).decode()


def first(made, operation, *path):
    value = made[operation]
    for name in path:
        value = value[name]
    return value


SIMPLEDB = [
    do("CreateDomain", {"DomainName": "library"}),
    do(
        "PutAttributes",
        {
            "DomainName": "library",
            "ItemName": "book 1",
            "Attributes": [
                {"Name": "title", "Value": "Gr\u00fc\u00dfe & <Tags>", "Replace": True},
                {"Name": "year", "Value": "1999"},
            ],
        },
    ),
    read("ListDomains"),
    read("GetAttributes", {"DomainName": "library", "ItemName": "book 1"}),
    either("Select", {"SelectExpression": "select * from library"}),
    refused("GetAttributes", "NoSuchDomain", {"DomainName": "missing", "ItemName": "x"}),
    do("DeleteDomain", {"DomainName": "library"}),
]

EC2 = [
    do("RunInstances", {"ImageId": "ami-12c6146b", "MinCount": 2, "MaxCount": 2}),
    do(
        "CreateTags",
        lambda made: {
            "Resources": [first(made, "RunInstances", "Instances", 0, "InstanceId")],
            "Tags": [{"Key": "Name", "Value": "w\u00e9b & <db>"}],
        },
    ),
    read("DescribeInstances"),
    read(
        "DescribeInstances",
        {"Filters": [{"Name": "instance-state-name", "Values": ["running", "pending"]}]},
    ),
    read("DescribeVpcs"),
    do("CreateSecurityGroup", {"GroupName": "web", "Description": "for the web"}),
    do(
        "AuthorizeSecurityGroupIngress",
        lambda made: {
            "GroupId": made["CreateSecurityGroup"]["GroupId"],
            "IpPermissions": [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}],
                }
            ],
        },
    ),
    read("DescribeSecurityGroups", {"GroupNames": ["web"]}),
    refused("DescribeInstances", "InvalidInstanceID.NotFound", {"InstanceIds": ["i-0123456789"]}),
]

SES = [
    do("VerifyEmailIdentity", {"EmailAddress": "me@example.com"}),
    do(
        "SendEmail",
        {
            "Source": "me@example.com",
            "Destination": {"ToAddresses": ["you@example.com"]},
            "Message": {
                "Subject": {"Data": "Gr\u00fc\u00dfe"},
                "Body": {"Text": {"Data": "50% + 50% = all & more"}},
            },
        },
    ),
    read("ListIdentities"),
    read("GetSendQuota"),
    refused(
        "SendEmail",
        "MessageRejected",
        {
            "Source": "nobody@example.org",
            "Destination": {"ToAddresses": ["you@example.com"]},
            "Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}},
        },
    ),
]

SQS = [
    do("CreateQueue", {"QueueName": "compare", "Attributes": {"VisibilityTimeout": "30"}}),
    do(
        "SendMessage",
        lambda made: {"QueueUrl": made["CreateQueue"]["QueueUrl"], "MessageBody": "\u4e16 <&>"},
    ),
    read("ListQueues"),
    read("GetQueueUrl", {"QueueName": "compare"}),
    read(
        "GetQueueAttributes",
        lambda made: {
            "QueueUrl": made["CreateQueue"]["QueueUrl"],
            "AttributeNames": ["ApproximateNumberOfMessages", "VisibilityTimeout"],
        },
    ),
    refused("GetQueueUrl", "AWS.SimpleQueueService.NonExistentQueue", {"QueueName": "missing"}),
]

SNS = [
    do("CreateTopic", {"Name": "news", "Tags": [{"Key": "a", "Value": "b c"}]}),
    do(
        "Subscribe",
        lambda made: {
            "TopicArn": made["CreateTopic"]["TopicArn"],
            "Protocol": "sqs",
            "Endpoint": "arn:aws:sqs:us-east-1:123456789012:compare",
        },
    ),
    do(
        "Publish",
        lambda made: {
            "TopicArn": made["CreateTopic"]["TopicArn"],
            "Message": "m\u00e9ssage",
            "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "7"}},
        },
    ),
    read("ListTopics"),
    read("GetTopicAttributes", lambda made: {"TopicArn": made["CreateTopic"]["TopicArn"]}),
    read("ListSubscriptions"),
]

S3 = [
    do("CreateBucket", {"Bucket": "compare-one"}),
    do("CreateBucket", {"Bucket": "compare-two"}),
    do(
        "PutObject",
        {
            "Bucket": "compare-one",
            "Key": "a dir/\u00fc%20+.txt",
            "ContentType": "text/plain",
            "Metadata": {"color": "red"},
        },
        b"the body",
    ),
    read("ListBuckets"),
    read("ListObjectsV2", {"Bucket": "compare-one", "Prefix": "a dir/"}),
    read("HeadObject", {"Bucket": "compare-one", "Key": "a dir/\u00fc%20+.txt"}),
    do(
        "PutBucketTagging",
        {"Bucket": "compare-one", "Tagging": {"TagSet": [{"Key": "k", "Value": "v & w"}]}},
    ),
    read("GetBucketTagging", {"Bucket": "compare-one"}),
    refused("ListObjectsV2", "NoSuchBucket", {"Bucket": "not-there"}),
]

TABLE = {
    "TableName": "people",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
DYNAMODB = [
    do("CreateTable", TABLE),
    do(
        "PutItem",
        {
            "TableName": "people",
            "Item": {
                "id": {"S": "1"},
                "n": {"N": "12345678901234567890.5"},
                "b": {"B": "AQID"},
                "m": {"M": {"l": {"L": [{"NULL": True}, {"BOOL": False}, {"SS": ["\u00fc"]}]}}},
            },
        },
    ),
    read("GetItem", {"TableName": "people", "Key": {"id": {"S": "1"}}}),
    read("DescribeTable", {"TableName": "people"}),
    read("ListTables"),
    read("Scan", {"TableName": "people"}),
    refused("DescribeTable", "ResourceNotFoundException", {"TableName": "missing"}),
]

IAM = [
    do("CreateUser", {"UserName": "alice", "Path": "/staff/"}),
    do("CreateRole", {"RoleName": "example", "AssumeRolePolicyDocument": TRUST}),
    read("ListUsers"),
    read("GetRole", {"RoleName": "example"}),
    refused("GetUser", "NoSuchEntity", {"UserName": "nobody"}),
]
STS = [
    read("GetCallerIdentity"),
    do("AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "session"}),
]

LAMBDA = [
    do(
        "CreateFunction",
        {
            "FunctionName": "echo",
            "Runtime": "python3.12",
            "Role": ROLE,
            "Handler": "main.handler",
            "Code": {"ZipFile": zipped_function()},
            "Environment": {"Variables": {"A": "\u00fc"}},
        },
    ),
    read("GetFunctionConfiguration", {"FunctionName": "echo"}),
    read("ListFunctions"),
    refused("GetFunction", "ResourceNotFoundException", {"FunctionName": "missing"}),
]

CLOUDWATCH = [
    do(
        "PutMetricData",
        {
            "Namespace": "compare",
            "MetricData": [
                {
                    "MetricName": "latency",
                    "Timestamp": "2026-01-01T00:00:00Z",
                    "Value": 1.5,
                    "Unit": "Milliseconds",
                    "Dimensions": [{"Name": "host", "Value": "a b"}],
                }
            ],
        },
    ),
    do(
        "PutMetricAlarm",
        {
            "AlarmName": "slow",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "MetricName": "latency",
            "Namespace": "compare",
            "Period": 60,
            "Statistic": "Average",
            "Threshold": 2.5,
        },
    ),
    read("ListMetrics"),
    read("DescribeAlarms", {"AlarmNames": ["slow"]}),
    read(
        "GetMetricStatistics",
        {
            "Namespace": "compare",
            "MetricName": "latency",
            "StartTime": "2025-12-31T00:00:00Z",
            "EndTime": "2026-01-02T00:00:00Z",
            "Period": 60,
            "Statistics": ["Average", "Sum"],
            "Dimensions": [{"Name": "host", "Value": "a b"}],
        },
    ),
]

ROUTE53 = [
    do("CreateHostedZone", {"Name": "example.com", "CallerReference": "1"}),
    do(
        "ChangeResourceRecordSets",
        lambda made: {
            "HostedZoneId": made["CreateHostedZone"]["HostedZone"]["Id"].split("/")[-1],
            "ChangeBatch": {
                "Changes": [
                    {
                        "Action": "CREATE",
                        "ResourceRecordSet": {
                            "Name": "www.example.com",
                            "Type": "A",
                            "TTL": 60,
                            "ResourceRecords": [{"Value": "10.0.0.1"}],
                        },
                    }
                ]
            },
        },
    ),
    read("ListHostedZones"),
    read(
        "ListResourceRecordSets",
        lambda made: {"HostedZoneId": made["CreateHostedZone"]["HostedZone"]["Id"].split("/")[-1]},
    ),
    refused("GetHostedZone", "NoSuchHostedZone", {"Id": "Z0000"}),
]

KINESIS = [
    do("CreateStream", {"StreamName": "clicks", "ShardCount": 1}),
    do("PutRecord", {"StreamName": "clicks", "Data": "AAECAw==", "PartitionKey": "k"}),
    read("ListStreams"),
    read("DescribeStreamSummary", {"StreamName": "clicks"}),
]
SECRETS = [
    do("CreateSecret", {"Name": "db", "SecretString": '{"p":"\u00fc"}'}),
    read("GetSecretValue", {"SecretId": "db"}),
    read("ListSecrets"),
    refused("GetSecretValue", "ResourceNotFoundException", {"SecretId": "missing"}),
]
SSM = [
    do("PutParameter", {"Name": "/a/b", "Value": "v \u00fc", "Type": "String"}),
    read("GetParameter", {"Name": "/a/b"}),
    read("GetParametersByPath", {"Path": "/a", "Recursive": True}),
    refused("GetParameter", "ParameterNotFound", {"Name": "missing"}),
]
STATES = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
STEP_FUNCTIONS = [
    do("CreateStateMachine", {"name": "flow", "definition": STATES, "roleArn": ROLE}),
    read("ListStateMachines"),
    read(
        "DescribeStateMachine",
        lambda made: {"stateMachineArn": made["CreateStateMachine"]["stateMachineArn"]},
    ),
]
TEMPLATE = json.dumps(
    {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-stack"}}}}
)
CLOUDFORMATION = [
    do("CreateStack", {"StackName": "stack", "TemplateBody": TEMPLATE}),
    read("DescribeStacks", {"StackName": "stack"}),
    read("ListStackResources", {"StackName": "stack"}),
    read("GetTemplate", {"StackName": "stack"}),
]
ECS = [
    do("CreateCluster", {"clusterName": "blue"}),
    do(
        "RegisterTaskDefinition",
        {
            "family": "web",
            "containerDefinitions": [{"name": "n", "image": "nginx", "cpu": 10, "memory": 64}],
        },
    ),
    read("ListClusters"),
    read("DescribeClusters", {"clusters": ["blue"]}),
    read("DescribeTaskDefinition", {"taskDefinition": "web"}),
]
KMS = [
    do("CreateKey", {"Description": "for tests"}),
    do(
        "Encrypt",
        lambda made: {
            "KeyId": made["CreateKey"]["KeyMetadata"]["KeyId"],
            "Plaintext": "aGVsbG8=",
        },
    ),
    read("Decrypt", lambda made: {"CiphertextBlob": made["Encrypt"]["CiphertextBlob"]}),
    read("ListKeys"),
]
EVENTS = [
    do("PutRule", {"Name": "hourly", "ScheduleExpression": "rate(1 hour)"}),
    do("PutEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}"}]}),
    read("ListRules"),
    read("DescribeRule", {"Name": "hourly"}),
]
LOGS = [
    do("CreateLogGroup", {"logGroupName": "/app"}),
    do("CreateLogStream", {"logGroupName": "/app", "logStreamName": "one"}),
    read("DescribeLogGroups"),
    read("DescribeLogStreams", {"logGroupName": "/app"}),
]
ECR = [
    do("CreateRepository", {"repositoryName": "team/image"}),
    read("DescribeRepositories"),
    refused("ListImages", "RepositoryNotFoundException", {"repositoryName": "missing"}),
]
RDS = [
    do(
        "CreateDBInstance",
        {
            "DBInstanceIdentifier": "db1",
            "DBInstanceClass": "db.t3.micro",
            "Engine": "postgres",
            "MasterUsername": "root",
            "MasterUserPassword": "not-so-secret",
            "AllocatedStorage": 20,
        },
    ),
    read("DescribeDBInstances"),
    refused("DescribeDBInstances", "DBInstanceNotFound", {"DBInstanceIdentifier": "missing"}),
]
ELBV2 = [
    do(
        "CreateTargetGroup",
        {"Name": "web", "TargetType": "lambda"},
    ),
    read("DescribeTargetGroups"),
    read("DescribeAccountLimits"),
]
ACM = [
    do("RequestCertificate", {"DomainName": "example.com", "ValidationMethod": "DNS"}),
    read("ListCertificates"),
]
API_GATEWAY = [
    do("CreateRestApi", {"name": "api", "description": "d & e"}),
    read("GetRestApis"),
    read("GetResources", lambda made: {"restApiId": made["CreateRestApi"]["id"]}),
]
CLOUDFRONT = [
    do(
        "CreateDistribution",
        {
            "DistributionConfig": {
                "CallerReference": "1",
                "Comment": "c & d",
                "Enabled": True,
                "Origins": {
                    "Quantity": 1,
                    "Items": [
                        {
                            "Id": "o",
                            "DomainName": "b.s3.amazonaws.com",
                            "S3OriginConfig": {"OriginAccessIdentity": ""},
                        }
                    ],
                },
                "DefaultCacheBehavior": {
                    "TargetOriginId": "o",
                    "ViewerProtocolPolicy": "allow-all",
                },
            }
        },
    ),
    read("ListDistributions"),
    read("GetDistribution", lambda made: {"Id": made["CreateDistribution"]["Distribution"]["Id"]}),
]
GLUE = [
    do("CreateDatabase", {"DatabaseInput": {"Name": "lake"}}),
    read("GetDatabases"),
    read("GetDatabase", {"Name": "lake"}),
]
EFS = [
    do("CreateFileSystem", {"CreationToken": "t"}),
    read("DescribeFileSystems"),
]
COGNITO = [
    do("CreateUserPool", {"PoolName": "users"}),
    read("ListUserPools", {"MaxResults": 10}),
]
FIREHOSE = [read("ListDeliveryStreams")]
AUTO_SCALING = [
    do(
        "CreateLaunchConfiguration",
        {"LaunchConfigurationName": "lc", "ImageId": "ami-12c6146b", "InstanceType": "t2.micro"},
    ),
    read("DescribeLaunchConfigurations"),
]
ORGANIZATIONS = [do("CreateOrganization", {"FeatureSet": "ALL"}), read("DescribeOrganization")]

SCENARIOS = {
    "sdb": SIMPLEDB,
    "ec2": EC2,
    "ses": SES,
    "sqs": SQS,
    "sns": SNS,
    "s3": S3,
    "dynamodb": DYNAMODB,
    "iam": IAM,
    "sts": STS,
    "lambda": LAMBDA,
    "cloudwatch": CLOUDWATCH,
    "route53": ROUTE53,
    "kinesis": KINESIS,
    "secretsmanager": SECRETS,
    "ssm": SSM,
    "stepfunctions": STEP_FUNCTIONS,
    "cloudformation": CLOUDFORMATION,
    "ecs": ECS,
    "kms": KMS,
    "events": EVENTS,
    "logs": LOGS,
    "ecr": ECR,
    "rds": RDS,
    "elbv2": ELBV2,
    "acm": ACM,
    "apigateway": API_GATEWAY,
    "cloudfront": CLOUDFRONT,
    "glue": GLUE,
    "efs": EFS,
    "cognito-idp": COGNITO,
    "firehose": FIREHOSE,
    "autoscaling": AUTO_SCALING,
    "organizations": ORGANIZATIONS,
}
