// SPDX-License-Identifier: MIT
// openai.mjs URL: the openai package. A line of TAP for each thing that its users do.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2] + "/v1", apiKey: "none", maxRetries: 0 });
let n = 0;

function ok(good, name) {
	console.log(`${good ? "ok" : "not ok"} ${++n} - openai: ${name}`);
}

const ask = (content, more = {}, options = {}) =>
	client.chat.completions.create({ model: "echo", messages: [{ role: "user", content }], ...more }, options);

ok((await client.models.list()).data[0].id === "echo", "models");
ok((await ask("one two")).choices[0].message.content === "one two", "a chat");

let text = "";
let events = 0;
for await (const chunk of await ask("one two three", { stream: true })) {
	text += chunk.choices[0].delta.content ?? "";
	events++;
}
ok(text === "one two three " && events === 4, "a stream");

const controller = new AbortController();
let seen = 0;
let aborted = true;
try {
	for await (const _ of await ask("forever", { stream: true }, { signal: controller.signal }))
		if (++seen === 3) controller.abort();
} catch (error) {
	aborted = error instanceof OpenAI.APIUserAbortError;
}
ok(aborted && seen >= 3, "a stream that is aborted");

const answers = await Promise.all([...Array(64).keys()].map((i) => ask(`number ${i}`)));
ok(answers.every((a, i) => a.choices[0].message.content === `number ${i}`), "64 chats at once");
const streams = await Promise.all(
	[...Array(16).keys()].map(async (i) => {
		let all = "";
		for await (const chunk of await ask(`stream ${i}`, { stream: true })) all += chunk.choices[0].delta.content ?? "";
		return all;
	}),
);
ok(streams.every((s, i) => s === `stream ${i} `), "16 streams at once");

const vectors = await client.embeddings.create({ model: "echo", input: ["aab", "z"] });
ok(vectors.data.length === 2 && vectors.data[0].embedding[0] === 0.25, "embeddings");
try {
	await client.embeddings.create({ model: "none", input: "a" });
	ok(false, "the error for them");
} catch (error) {
	ok(error instanceof OpenAI.APIError && error.status === 501 && error.type === "not_supported_error", "the error for them");
}
try {
	await client.responses.create({ model: "echo", input: "a" });
	ok(false, "what the plan does not name");
} catch (error) {
	ok(error instanceof OpenAI.NotFoundError && error.message.length > 4, "what the plan does not name is its NotFoundError");
}
try {
	await ask("x".repeat(200000));
	ok(false, "a prompt over the limit");
} catch (error) {
	ok(error instanceof OpenAI.APIError && error.status === 413, "a prompt over the limit is an error with its status");
}
