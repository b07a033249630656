"""Well-known models as their makers publish them: the sizes of each `config.json`, and what a paper or card says of it.

Files are on huggingface.co, `<name>/config.json`.
"""

from wayfare.blueprints import Latent, ServedModel, SlidingWindow

LLAMA_8B = ServedModel(
    # Llama 3.1 model card: 8.03 billion parameters, 128k tokens of context.
    name="meta-llama/Llama-3.1-8B-Instruct",
    parameters=8_030_000_000,
    layers=32,
    hidden_size=4096,
    attention_heads=32,
    key_value_heads=8,
    head_dimension=128,
    context=128_000,
)
LLAMA_70B = ServedModel(
    name="meta-llama/Llama-3.1-70B-Instruct",
    parameters=70_600_000_000,
    layers=80,
    hidden_size=8192,
    attention_heads=64,
    key_value_heads=8,
    head_dimension=128,
    context=128_000,
)
LLAMA_405B = ServedModel(
    name="meta-llama/Llama-3.1-405B-Instruct",
    parameters=405_900_000_000,
    layers=126,
    hidden_size=16_384,
    attention_heads=128,
    key_value_heads=8,
    head_dimension=128,
    context=128_000,
)
QWEN_72B = ServedModel(
    name="Qwen/Qwen2.5-72B-Instruct",
    parameters=72_700_000_000,
    layers=80,
    hidden_size=8192,
    attention_heads=64,
    key_value_heads=8,
    head_dimension=128,
    context=131_072,
)
MIXTRAL = ServedModel(
    # mistral.ai, "Mixtral of experts": 46.7 billion parameters in all, 12.9 of which work on a token.
    name="mistralai/Mixtral-8x7B-Instruct-v0.1",
    parameters=46_700_000_000,
    layers=32,
    hidden_size=4096,
    attention_heads=32,
    key_value_heads=8,
    head_dimension=128,
    context=32_768,
)
DEEPSEEK_V3 = ServedModel(
    # DeepSeek-V3 technical report (arXiv 2412.19437): 671 billion parameters, 37 of which work on a token, in FP8.
    name="deepseek-ai/DeepSeek-V3",
    parameters=671_000_000_000,
    dtype="fp8",
    layers=61,
    hidden_size=7168,
    attention_heads=128,
    latent=Latent(rank=512, rotary=64),
    context=131_072,
)
GPT_OSS_120B = ServedModel(
    # gpt-oss model card (arXiv 2508.10925), table 1: 114.71 billion parameters in experts are MXFP4, 0.96 of attention
    # and 1.16 of embeddings are not. Every second layer sees 128 tokens.
    name="openai/gpt-oss-120b",
    parameters=116_830_000_000,
    dtype="mxfp4",
    unquantized=2_120_000_000,
    layers=36,
    hidden_size=2880,
    attention_heads=64,
    key_value_heads=8,
    head_dimension=64,
    sliding_window=SlidingWindow(layers=18, tokens=128),
    context=131_072,
)
GPT_OSS_20B = ServedModel(
    # The same table: 19.12 billion in experts, 0.64 of attention, 1.16 of embeddings.
    name="openai/gpt-oss-20b",
    parameters=20_910_000_000,
    dtype="mxfp4",
    unquantized=1_800_000_000,
    layers=24,
    hidden_size=2880,
    attention_heads=64,
    key_value_heads=8,
    head_dimension=64,
    sliding_window=SlidingWindow(layers=12, tokens=128),
    context=131_072,
)
