"""Three calls as a service sees them.

occurred_at is when the request started; response_id comes from the provider's answer, which is why it is random here: the
same id again would be the same call.
"""

import secrets
import time


def sample_calls() -> list[dict]:
    who = {"occurred_at": time.time_ns() // 1_000_000, "tenant_id": "acme", "environment": "dev", "source": "python"}
    return [
        {
            **who,
            "provider": "openai",
            "response_model": "gpt-5.4",
            "response_id": f"chatcmpl-{secrets.token_hex(12)}",
            "feature": "support-chat",
            "user_id": "u1",
            "usage": {"prompt_tokens": 1200, "completion_tokens": 90, "prompt_tokens_details": {"cached_tokens": 800}},
            "usage_format": "openai_chat",
        },
        {
            **who,
            "provider": "anthropic",
            "response_model": "claude-haiku-4-5",
            "response_id": f"msg_{secrets.token_hex(12)}",
            "feature": "search",
            "user_id": "u2",
            "tokens": {"input": 300, "cache_read": 2000, "output": 120},
            "units": {"web_search": 1},
        },
        {
            **who,
            "provider": "google",
            "response_model": "gemini-2.5-flash",
            "feature": "summaries",
            "user_id": "u3",
            "usage": {"promptTokenCount": 900, "candidatesTokenCount": 60, "thoughtsTokenCount": 40, "totalTokenCount": 1000},
            "usage_format": "gemini",
        },
    ]
