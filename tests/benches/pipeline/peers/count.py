"""The windowed count as one writes it with Quix Streams: failed logons of a host in five minutes, told once when they are six.

Arguments: broker, topic to read, topic to write, folder, records, matches, threshold.
"""

import sys
from datetime import timedelta

import orjson
from quixstreams import Application

broker, source, target, folder, records, matches, threshold = sys.argv[1:8]
records, matches, threshold = int(records), int(matches), int(threshold)
read = counted = 0


def say(word):
    print(word, flush=True)


def tell():
    if read == records and counted == matches:
        say("done")


def parse(value):
    global read
    read += 1
    if read == records // 2:
        say("half")
    if read == records:
        tell()
    return orjson.loads(value)


def is_failure(event):
    code = event.get("event")
    return isinstance(code, dict) and code.get("code") == "4625"


def seen(_):
    global counted
    counted += 1
    if counted == matches:
        tell()


app = Application(
    broker_address=broker,
    consumer_group=target,
    auto_offset_reset="earliest",
    processing_guarantee="exactly-once",
    state_dir=folder,
    loglevel="INFO",
)
lines = app.topic(source, value_deserializer="bytes")
bursts = app.topic(target, key_serializer="str", value_serializer="json")
frame = app.dataframe(lines).apply(parse).filter(is_failure).apply(lambda event: {"host": event["host"]["name"]})
frame = frame.group_by("host")
frame = frame.tumbling_window(timedelta(minutes=5), grace_ms=timedelta(hours=1)).count().current()
frame = frame.update(seen).filter(lambda window: window["value"] == threshold)
frame.to_topic(bursts)
say("ready")
app.run()
