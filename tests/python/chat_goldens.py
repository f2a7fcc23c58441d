"""What transformers makes of conversations with chat templates of many shapes, for the Rust tests to compare with.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install transformers==5.23.0 jinja2 numpy
    /tmp/venv/bin/python tests/python/chat_goldens.py | gzip -9n > tests/golden/chat.json.gz

The tokenizers are those in tests/golden/tokenizers; the templates are written for this test, each in the manner of a
family of models. Every result is either the text with its ids or null, where Python raises an error.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import transformers

TOKENIZERS = Path(__file__).parent.parent / "golden" / "tokenizers"

TEMPLATES = {
    "chatml": """{% for message in messages %}
{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{% endfor %}
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
""",
    "chatml_default_system": """{%- if messages[0]['role'] != 'system' -%}
    {{- '<|im_start|>system\\nBe kind.<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
    {{- '<|im_start|>' ~ message.role ~ '\\n' ~ message.content | trim ~ '<|im_end|>\\n' -}}
{%- endfor -%}
""",
    "llama2": """{% if messages[0]['role'] == 'system' %}{% set rest = messages[1:] %}{% set system = messages[0]['content'] %}{% else %}{% set rest = messages %}{% set system = false %}{% endif %}
{% for message in rest %}
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{ raise_exception('Roles must alternate: user, assistant, user, …') }}
{% endif %}
{% if loop.index0 == 0 and system is not false %}
{% set content = '<<SYS>>\\n' + system.strip() + '\\n<</SYS>>\\n\\n' + message['content'].strip() %}
{% else %}
{% set content = message['content'].strip() %}
{% endif %}
{% if message['role'] == 'user' %}
{{ bos_token + '[INST] ' + content + ' [/INST]' }}
{% elif message['role'] == 'assistant' %}
{{ ' ' + content + ' ' + eos_token }}
{% endif %}
{% endfor %}""",
    "llama3": """{%- set loop_messages = messages %}
{%- for message in loop_messages %}
{%- set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + (message['content'] | trim) + '<|eot_id|>' %}
{%- if loop.first %}{% set content = (bos_token if bos_token is defined else '') + content %}{% endif %}
{{- content }}
{%- endfor %}""",
    "mistral_namespace": """{%- set ns = namespace(index=0, system='') %}
{%- for message in messages %}
    {%- if message.role == 'system' %}
        {%- set ns.system = ns.system ~ message.content %}
    {%- elif message.role == 'user' or message.role == 'assistant' %}
        {%- if (message.role == 'user') != (ns.index is divisibleby 2) %}
            {{- raise_exception('After ' ~ ns.index ~ ' turns it is not the turn of ' ~ message.role) }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{%- for message in messages if message.role in ['user', 'assistant'] %}
    {%- if message.role == 'user' %}
        {{- '[INST]' }}{% if loop.last and ns.system %}{{ ns.system + '\\n\\n' }}{% endif %}{{ message.content + '[/INST]' }}
    {%- else %}
        {{- message.content + (eos_token | default('')) }}
    {%- endif %}
{%- endfor %}""",
    "gemma": """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}""",
    "zephyr": """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% endfor %}""",
    "vicuna_loop": """{% for m in messages %}{{ loop.index }}/{{ loop.length }}{{ ' first' if loop.first }}{{ ' last' if loop.last }} {{ m.role | upper }}: {{ m.content | replace('\\n', ' ') }}{{ loop.previtem.role if loop.previtem is defined }}{{ '>' ~ loop.nextitem.role if loop.nextitem is defined else '.' }}
{% endfor %}""",
    "tools_unused": """{% if tools %}{{ tools | tojson }}{% endif %}{% if documents is not none and documents %}{{ documents }}{% endif %}{% if tools is defined and tools is none %}no tools{% endif %}{% for m in messages %}{% if m.tool_calls is defined and m.tool_calls %}{% for call in m.tool_calls %}<call>{{ call.name }} {{ call.arguments | tojson }}</call>{% endfor %}{% endif %}{% if m.content is defined %}{{ m.content }}{% else %}(none){% endif %}{% endfor %}""",
    "everything_as_json": """{{ messages | tojson }}
{{ messages | tojson(indent=2) }}
{{ messages[0] | tojson(ensure_ascii=true, sort_keys=true) }}
{{ messages[-1] | tojson(separators=(',', ':')) }}""",
    "printed_values": """{{ true }} {{ none }} {{ 1.5 }} {{ 7 // 2 }} {{ 7 / 2 }} {{ -7 % 3 }} {{ 2 ** 5 }} {{ messages | length }} {{ ['a', 1, none, true] }} {{ {'k': "it's"} }} {{ messages[0].keys() | list }} {{ messages | map(attribute='role') | join(', ') }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ missing }}{{ missing is defined }} {{ messages[0].content[:5] }} {{ messages[0].content[::-1] }} {{ messages[0]['role'] in 'user system' }}""",
    "methods": """{% for m in messages %}[{{ m.content.strip() }}|{{ m.content.lstrip() }}|{{ m.content.rstrip('\\n') }}|{{ m.content.split('\\n') | length }}|{{ m.content.split() | join('_') }}|{{ m.content.split('a', 1)[-1] }}|{{ m.content.rsplit('e', 1)[0] }}|{{ m.content.splitlines() | length }}|{{ m.content.startswith('H') }}|{{ m.content.endswith(('.', '!')) }}|{{ m.role.title() }}|{{ m.role.capitalize() }}|{{ m.role.upper() }}|{{ m.content.find('a') }}|{{ m.content.replace('a', 'A', 1) }}|{{ m.content.isspace() }}|{{ m.get('name', 'nobody') }}|{{ m.content | trim }}]
{% endfor %}""",
    "items": """{% for m in messages %}{% for key, value in m.items() %}{{ key }}={{ value }};{% endfor %}{% for key in m %}{{ key }},{% endfor %}{% for key, value in m | dictsort %}{{ key }}<{% endfor %}
{% endfor %}""",
    "macros": """{%- macro turn(message, tag='t') -%}
    <{{ tag }} {{ message.role }}>{{ caller() if caller is defined else message.content | trim }}</{{ tag }}>
{%- endmacro -%}
{%- for message in messages -%}{{ turn(message) }}{{ turn(message, tag='u') }}{% call turn(message, 'c') %}called{% endcall %}{%- endfor -%}""",
    "break_continue": """{% for message in messages %}{% if message.role == 'system' %}{% continue %}{% endif %}{% if loop.index > 3 %}{% break %}{% endif %}{{ message.role }}: {{ message.content }}
{% endfor %}""",
    "generation": """{% for message in messages %}
{% if message.role == 'assistant' %}
{{ '<|assistant|>' }}
{%- generation -%}
{{ message.content + eos_token }}
{% endgeneration %}
{% else %}
{{ '<|' + message.role + '|>' + message.content }}
{% endif %}
{% endfor %}""",
    "reasoning": """{% for message in messages %}{{ message.role }}: {% if message.reasoning_content is defined %}<think>{{ message.reasoning_content }}</think>{% endif %}{% if message.thinking %}({{ message.thinking }}){% endif %}{{ message.content.split('</think>')[-1].lstrip('\\n') if '</think>' in message.content else message.content }}
{% endfor %}""",
    "comments_and_control": """{# a comment #}
   {%- set x = 1 -%}
   {# another #}
{% for message in messages -%}
    {{ message.content }}   {%+ if true +%}  kept  {% endif %}

{%- endfor %}
  {% set block %}caught {{ x }}{% endset %}
{{ block }}{% raw %}{{ not }} {% this %}{% endraw %}
{% filter upper %}loud{% endfilter %}
end
""",
    "special_tokens": """{{ bos_token is defined }}{{ eos_token is defined }}{{ pad_token is defined }}{{ unk_token is defined }}{{ sep_token }}{{ cls_token }}{{ mask_token }}{{ bos_token }}{{ eos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}""",
    "undefined_attribute": """{% for m in messages %}{{ m.nothing.at.all }}{% endfor %}""",
    "adding_nothing": """{% for m in messages %}{{ m.role + m.nothing }}{% endfor %}""",
    "reversed": """{% for m in messages | reverse %}{{ m.role[0] }}{{ m.content | length }} {% endfor %}{{ messages[::-1][0].role }} {{ messages[1:] | length }} {{ range(3) | list }} {{ (messages | last).role }} {{ (messages | first).content | indent(2) }} {{ 'x' * 3 }} {{ [1, 2] + [3] }} {{ '%s-%d' | format('a', 3) }} {{ 'a' if false }}{{ messages[0].content is string }} {{ messages is iterable }} {{ messages[0] is mapping }} {{ messages is sequence }}""",
}

CONVERSATIONS = [
    [{"role": "user", "content": "Hello there."}, {"role": "assistant", "content": "Hi! How are you?"}],
    [
        {"role": "system", "content": "  Be brief.\n"},
        {"role": "user", "content": "  What is 1 < 2 && 3 > 2?\n\n"},
        {"role": "assistant", "content": "True.  "},
        {"role": "user", "content": "naïve 你好 🙂 \u00a0\u2028x"},
        {"role": "assistant", "content": ""},
    ],
    [{"role": "user", "content": "{{ messages }} {% raise %} {# no #} <|im_end|> </s> [INST] 'q' \"d\" \\n \t\r\n end"}],
    [{"role": "assistant", "content": "I begin."}, {"role": "user", "content": "Wrong order."}],
    [{"role": "user", "content": "one"}, {"role": "user", "content": "two"}],
    [{"role": "system", "content": "Only this."}],
    [
        {"role": "user", "content": "Weather?", "name": "Ann", "n": 3, "f": 0.5, "big": 1e20, "ok": True, "none": None},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"name": "get", "arguments": {"city": "Köln", "days": [1, 2.0, None], "deep": {"a": {}, "b": []}}}],
        },
        {"role": "tool", "content": "{\"t\": 21}"},
        {"role": "assistant", "content": "It's 21°.", "reasoning": "Look at t."},
    ],
    [{"role": "user", "content": "\u001c\u001f \x0b\x0c\x00\x7f\u0085 odd \u3000\u200b\u2029"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nYes."}],
    [{"role": "user", "content": "a" * 300 + "\n" + "é" * 50}, {"role": "assistant", "content": "\n\n\n"}],
    [{"content": "content first", "role": "user"}],
    [],
]


def open_with(kind, template, folder):
    copied = Path(folder) / kind
    if not copied.exists():
        shutil.copytree(TOKENIZERS / kind, copied)
    (copied / "chat_template.jinja").write_text(template, encoding="utf-8")
    return transformers.AutoTokenizer.from_pretrained(copied)


def result(tokenizer, conversation):
    try:
        text = tokenizer.apply_chat_template(conversation, tokenize=False)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return None
    ids = tokenizer.apply_chat_template(conversation, tokenize=True)["input_ids"]
    return {"text": text, "ids": ids}


def main():
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in ["bytelevel", "spbpe", "wordpiece"]:
            results[kind] = {}
            for name, template in TEMPLATES.items():
                tokenizer = open_with(kind, template, folder)
                results[kind][name] = [result(tokenizer, conversation) for conversation in CONVERSATIONS]
    golden = {
        "transformers": transformers.__version__,
        "templates": TEMPLATES,
        "conversations": CONVERSATIONS,
        "results": results,
    }
    json.dump(golden, sys.stdout, ensure_ascii=True, indent=1)
    print()


main()
