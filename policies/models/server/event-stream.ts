type Json = Readonly<Record<string, unknown>>;

/** Whether an answer is a stream of events (server-sent events), as some servers send unasked. */
export const isEventStream = (type: string | null, text: string): boolean =>
  /^text\/event-stream/i.test(type ?? '') || /^\s*(?:data|event|id|retry|):/.test(text);

/**
 * The chat completion that a stream of its chunks adds up to, in the shape of one that was not streamed.
 * @returns undefined for a stream without an event that can be read, and for one that ends before its reply does
 */
export function completionOfStream(text: string): unknown {
  const events = text
    .split(/\r?\n/)
    .flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length).trim()] : []))
    .filter((data) => data !== '');
  let head: Json | undefined;
  let finish: unknown;
  const written: Record<string, string> = {};
  const tokens: unknown[] = [];
  for (const data of events) {
    if (data === '[DONE]') continue;
    let chunk: Json;
    try {
      chunk = JSON.parse(data) as Json;
    } catch {
      return undefined;
    }
    if (chunk.error) return chunk;
    head = { ...head, ...Object.fromEntries(Object.entries(chunk).filter(([, value]) => value !== null)) };
    const [choice] = (Array.isArray(chunk.choices) ? chunk.choices : []) as (Json | undefined)[];
    if (!choice) continue;
    // Some end a stream with the whole message.
    const delta = (choice.delta ?? choice.message ?? { content: choice.text }) as Json;
    for (const [name, value] of Object.entries(delta))
      if (typeof value === 'string' && name !== 'role')
        written[name] = choice.delta || choice.text !== undefined ? (written[name] ?? '') + value : value;
    finish = choice.finish_reason ?? finish;
    const listed = (choice.logprobs as Json | null | undefined)?.content;
    if (Array.isArray(listed)) tokens.push(...listed);
  }
  const whole = events.at(-1) === '[DONE]' || (finish !== undefined && finish !== null);
  if (!head || !whole) return undefined;
  return {
    ...head,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', ...written },
        finish_reason: finish ?? null,
        logprobs: tokens.length > 0 ? { content: tokens } : null,
      },
    ],
  };
}
