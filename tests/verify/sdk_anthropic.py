"""Run at the client: the Anthropic SDK as anybody would write it. Prints what it got as JSON."""

from __future__ import annotations

import json
import sys

import anthropic

base, model = sys.argv[1:]
client = anthropic.Anthropic(base_url=base, api_key="ollama")
messages: list[anthropic.types.MessageParam] = [{"role": "user", "content": "hello"}]

listed = [each.id for each in client.models.list()]
message = client.messages.create(model=model, messages=messages, max_tokens=4)
with client.messages.stream(model=model, messages=messages, max_tokens=4) as stream:
    pieces = list(stream.text_stream)
    usage = stream.get_final_message().usage.output_tokens
refused = ""
try:
    client.messages.count_tokens(model=model, messages=messages)
except anthropic.PermissionDeniedError as error:
    refused = error.message
json.dump(
    {
        "models": listed,
        "message": "".join(block.text for block in message.content if block.type == "text"),
        "stream": pieces,
        "usage": usage,
        "refused": refused,
    },
    sys.stdout,
)
