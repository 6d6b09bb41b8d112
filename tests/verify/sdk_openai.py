"""Run at the client: the OpenAI SDK as anybody would write it. Prints what it got as JSON."""

from __future__ import annotations

import json
import sys

import openai

base, model = sys.argv[1:]
client = openai.OpenAI(base_url=f"{base}/v1", api_key="ollama")
messages: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]

listed = [each.id for each in client.models.list()]
one = client.models.retrieve(model).id
chat = client.chat.completions.create(model=model, messages=messages, max_tokens=4)
pieces = [
    chunk.choices[0].delta.content or ""
    for chunk in client.chat.completions.create(model=model, messages=messages, max_tokens=4, stream=True)
    if chunk.choices
]
response = client.responses.create(model=model, input="hello", max_output_tokens=4)
refused = ""
try:
    client.embeddings.create(model=model, input="hello")
except openai.PermissionDeniedError as error:
    refused = error.message
json.dump(
    {
        "models": listed,
        "model": one,
        "chat": chat.choices[0].message.content,
        "stream": pieces,
        "response": response.output_text,
        "refused": refused,
    },
    sys.stdout,
)
