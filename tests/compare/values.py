"""Random values that fit the shapes of a service's model, the same for the same seed.

A Maker makes what botocore takes; to_json() writes that as --cli-input-json has it. What is odd in
them is odd on purpose: empty lists and texts, percent signs, slashes, other scripts, fractions of
seconds, numbers that Python and C print differently.
"""

import base64
import datetime
import math
import random

ODD_TEXTS = [
    "",
    " ",
    "a",
    "two words",
    "100%",
    "%2F",
    "%zz",
    "a/b",
    "/a//b/",
    "a+b",
    "a&b=c",
    "a?b#c",
    "~-_.",
    "Gr\u00fc\u00dfe",
    "\u4e16\u754c",
    "\U0001f980 crab",
    "<tag attribute='x'>&amp;</tag>",
    '"quoted"',
    "back\\slash",
    "tab\tand\nline\r\nends",
    "  around  ",
    "e\u0301",
    "*.example.com",
    "a:b@c!$'(),;",
    "{label}",
    "\u00a0",
    "\u2028",
    "null",
    "true",
    "0",
    "./..",
    "a=b",
    "x" * 300,
]
HEADER_TEXTS = ["a", "two words", "100%", "a/b", "a+b;c=d", '"quoted"', "a, b", "x" * 200, "0"]
LABEL_TEXTS = [
    "a",
    "two words",
    "100%",
    "%2F",
    "a/b",
    "a+b",
    "Gr\u00fc\u00dfe",
    "\u4e16",
    "a:b@c",
    "~-_.",
    "a?b#c",
    "a;b=c,d",
    "a*b'(c)!",
    "/hostedzone/Z1",
    "\U0001f980",
]
NUMBERS = [0.0, 1.0, -1.5, 0.1, 1e21, 1e-7, 123456789.125, 3.0e8, 1e16, 2.5e-5, 1e100]
SPECIAL = [float("inf"), float("-inf"), float("nan")]
DOCUMENTS = [
    {"a": [1, 2.5, "x", None, True, {"b": {}}]},
    {},
    {"\u00fc": "\u4e16", "empty": []},
    {"n": {"n": 1}},
]
JSON_VALUES = [{"a": 1}, [1, 2.5, "\u00fc"], {}]  # a text is taken for JSON already written
MOST_DEPTH = 6
MOST_MEMBERS = 400  # of one call, all levels together; required ones are made all the same

# What a name stands for where endpoint rules look at it.
MEANINGS = {
    "bucket": ["examplebucket", "example-bucket-2", "example.bucket.dotted"],
    "accountid": ["123456789012"],
    "streamarn": ["arn:aws:kinesis:us-east-1:123456789012:stream/example"],
    "resourcearn": ["arn:aws:kinesis:us-east-1:123456789012:stream/example"],
    "consumerarn": ["arn:aws:kinesis:us-east-1:123456789012:stream/example/consumer/c:1"],
    "kvsarn": ["arn:aws:cloudfront::123456789012:key-value-store/01234567-89ab-cdef"],
    "endpointid": ["abc123.456def"],
    "accesspointname": ["example-ap"],
    "outpostid": ["op-01234567890123456"],
    "copysource": ["source-bucket/a key", "source-bucket/Gr\u00fc\u00dfe%20+?versionId=x"],
}


class Maker:
    def __init__(self, seed, density=None):
        self.random = random.Random(seed)
        self.density = self.random.choice([0.15, 0.5, 0.9, 1.0]) if density is None else density
        self.left = MOST_MEMBERS

    def params(self, shape, leave_out=()):
        if shape is None:
            return {}
        return self.structure(shape, 0, leave_out)

    def value(self, shape, depth, name=""):
        if getattr(shape, "is_document_type", False):
            return self.random.choice(DOCUMENTS)
        maker = getattr(self, "make_" + shape.type_name, None)
        return maker(shape, depth, name)

    # ---- Structures, lists, maps

    def make_structure(self, shape, depth, _):
        return self.structure(shape, depth, ())

    def structure(self, shape, depth, leave_out):
        members = {k: v for k, v in shape.members.items() if k not in leave_out}
        if getattr(shape, "is_tagged_union", False):
            flat = [k for k in members if members[k].type_name not in ("structure", "list", "map")]
            names = flat if flat and depth > MOST_DEPTH else list(members)
            chosen = [self.random.choice(names)] if names else []
        else:
            chosen = [k for k in members if k in shape.required_members or self.wants(depth)]
        made = {}
        for name in chosen:
            self.left -= 1
            made[name] = self.value(members[name], depth + 1, name)
        return made

    def wants(self, depth):
        if depth > MOST_DEPTH or self.left <= 0:
            return False
        return self.random.random() < self.density / (1 + 0.4 * depth)

    def count(self, shape, depth):
        least = int(shape.metadata.get("min", 0))
        if depth > MOST_DEPTH or self.left <= 0:
            return least
        return max(least, self.random.choice([0, 1, 1, 2, 3]))

    def make_list(self, shape, depth, name):
        count = self.count(shape, depth)
        if shape.serialization.get("location") == "header":
            count = max(count, 1)
        return [self.value(shape.member, depth + 1, name) for _ in range(min(count, 50))]

    def make_map(self, shape, depth, _):
        in_headers = shape.serialization.get("location") == "headers"
        made = {}
        for number in range(self.count(shape, depth)):
            if in_headers:
                made[f"name{number}"] = self.random.choice(HEADER_TEXTS)
            else:
                key = self.value(shape.key, depth + 1)
                if key in made or (not key and not shape.key.enum):
                    key = f"key{number}" + "k" * int(shape.key.metadata.get("min", 0))
                made[key] = self.value(shape.value, depth + 1)
        return made

    # ---- Scalars

    def make_string(self, shape, _, name):
        where = shape.serialization.get("location")
        meant = self.meaning(shape, name)
        if meant:
            return meant
        if shape.serialization.get("jsonvalue") and where == "header":
            return self.random.choice(JSON_VALUES)
        if shape.enum:
            return self.random.choice(shape.enum)
        if shape.serialization.get("hostLabel"):
            return self.random.choice(["label", "abc-123", "123456789012"])
        odd = {"uri": LABEL_TEXTS, "header": HEADER_TEXTS, "headers": HEADER_TEXTS}
        texts = odd.get(where, ODD_TEXTS)
        text = self.random.choice(texts)
        least, most = int(shape.metadata.get("min", 0)), int(shape.metadata.get("max", 1 << 20))
        if len(text) > most and most >= 1:
            text = text[:most].strip() or "x"
        return text + "y" * (least - len(text))

    def meaning(self, shape, name):
        context = getattr(shape, "context_parameter", None)
        context = context or shape.serialization.get("contextParam")
        parameter = (context or {}).get("name", name) if isinstance(context, dict) else name
        known = MEANINGS.get(parameter.lower()) or MEANINGS.get(name.lower())
        if known and shape.type_name == "string" and not shape.enum:
            chosen = self.random.choice(known)
            return chosen + "y" * (int(shape.metadata.get("min", 0)) - len(chosen))
        if context and not shape.enum:
            return "example-" + parameter.lower() + "y" * int(shape.metadata.get("min", 0))
        return None

    def make_character(self, *_):
        return "c"

    def make_integer(self, shape, *_):
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        wide = 2**62 if shape.type_name == "long" else 2**31 - 1
        least = int(least if least is not None else min(-wide, most or 0))
        most = max(int(most if most is not None else wide), least)
        near = [n for n in (0, 1, 7, 100) if least <= n <= most]
        return self.random.choice(near + [least, most, self.random.randint(least, most)])

    make_long = make_integer

    def make_double(self, shape, *_):
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        specials = SPECIAL if least is None and most is None else []
        fits = [
            n for n in NUMBERS if (least is None or n >= least) and (most is None or n <= most)
        ]
        return self.random.choice(
            fits + specials[: self.random.randint(0, 3)] or [float(least or most)]
        )

    make_float = make_double

    def make_boolean(self, *_):
        return self.random.random() < 0.5

    def make_blob(self, shape, *_):
        size = self.random.choice([0, 1, 2, 3, 16, 100])
        return self.random.randbytes(max(size, min(int(shape.metadata.get("min", 0)), 4096)))

    def make_timestamp(self, *_):
        seconds = self.random.choice([0, 1, 951782400, 1700000000, 4102444799, 1234567890])
        micros = self.random.choice([0, 0, 500000, 123000, 123456, 1, 999999])
        start = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return start + datetime.timedelta(seconds=seconds, microseconds=micros)


def to_json(value):
    """A value of botocore's as --cli-input-json writes it."""
    if isinstance(value, dict):
        return {key: to_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [to_json(inner) for inner in value]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
