type Json = Readonly<Record<string, unknown>>;

/** One choice is asked for; whoever sends several numbers them. */
export const isFirst = ({ index }: { readonly index?: unknown }) =>
  index === undefined || index === null || index === 0;

/** Whether an answer is a stream of events (server-sent events), as some servers send unasked. */
export const isEventStream = (type: string | null, text: string): boolean =>
  /^text\/event-stream/i.test(type ?? '') || /^\s*(?:data|event|id|retry|):/.test(text);

/** What each event of a stream carries: its `data` lines, or each of them where they are not one value together. */
function eventsOf(text: string): string[] {
  return text.split(/\r\n\r\n|\n\n|\r\r/).flatMap((event) => {
    const lines = event
      .split(/\r\n|\n|\r/)
      .flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length).trim()] : []))
      .filter((data) => data !== '');
    const joined = lines.join('\n');
    return lines.length > 1 && parsed(joined) !== undefined ? [joined] : lines;
  });
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The answer behind comments that kept the connection alive, as OpenRouter sends them; undefined in a stream. */
const withoutComments = (text: string) => parsed(text.replace(/^\s*(?::[^\r\n]*[\r\n]\s*)*/, ''));

/**
 * The chat completion that a stream of its chunks adds up to, in the shape of one that was not streamed. Of several
 * choices the first counts.
 * @returns undefined for a stream without an event that can be read, and for one that ends before its reply does
 */
export function completionOfStream(text: string): unknown {
  const whole = withoutComments(text);
  if (whole) return whole;
  const events = eventsOf(text);
  let head: Json | undefined;
  let finish: unknown;
  const written: Record<string, string> = {};
  const tokens: unknown[] = [];
  for (const data of events) {
    if (data === '[DONE]') continue;
    const chunk = parsed(data);
    if (!chunk) return undefined;
    if (chunk.error) return chunk;
    head = { ...head, ...Object.fromEntries(Object.entries(chunk).filter(([, value]) => value !== null)) };
    const choice = ((Array.isArray(chunk.choices) ? chunk.choices : []) as Json[]).find(isFirst);
    if (!choice) continue;
    if (choice.error) return { error: choice.error };
    // Some end a stream with the whole message.
    const delta = (choice.delta ?? choice.message ?? { content: choice.text }) as Json;
    for (const [name, value] of Object.entries(delta))
      if (typeof value === 'string' && name !== 'role')
        written[name] = choice.delta || choice.text !== undefined ? (written[name] ?? '') + value : value;
    finish = choice.finish_reason ?? finish;
    const listed = (choice.logprobs as Json | null | undefined)?.content;
    if (Array.isArray(listed)) tokens.push(...listed);
  }
  const ended = events.at(-1) === '[DONE]' || (finish !== undefined && finish !== null);
  if (!head || !ended) return undefined;
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
