// SPDX-License-Identifier: MIT
// aisdk.mjs URL: the AI SDK with its provider for servers that are compatible with OpenAI's.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embedMany, generateText, streamText } from "ai";

const provider = createOpenAICompatible({ name: "rampart", baseURL: process.argv[2] + "/v1" });
const model = provider("echo");
let n = 0;

function ok(good, name) {
	console.log(`${good ? "ok" : "not ok"} ${++n} - ai: ${name}`);
}

ok((await generateText({ model, prompt: "one two", maxRetries: 0 })).text === "one two", "generateText");
let text = "";
for await (const part of streamText({ model, prompt: "one two three", maxRetries: 0 }).textStream) text += part;
ok(text === "one two three ", "streamText");
const controller = new AbortController();
let parts = 0;
try {
	for await (const _ of streamText({ model, prompt: "forever", abortSignal: controller.signal, maxRetries: 0 }).textStream)
		if (++parts === 3) controller.abort();
} catch (error) {
	if (error.name !== "AbortError") throw error;
}
ok(parts >= 3, "a stream that is aborted");
const texts = await Promise.all([...Array(32).keys()].map((i) => generateText({ model, prompt: `number ${i}`, maxRetries: 0 })));
ok(texts.every((t, i) => t.text === `number ${i}`), "32 at once");
const { embeddings } = await embedMany({ model: provider.textEmbeddingModel("echo"), values: ["aab", "z"] });
ok(embeddings.length === 2 && embeddings[0][0] === 0.25, "embedMany");
