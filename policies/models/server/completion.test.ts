import { describe, expect, it } from 'vitest';
import { completionOfStream, isEventStream } from './completion.ts';

const stream = (...events: unknown[]) =>
  events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('');
const delta = (content: string, more = {}) => ({ model: 'm', choices: [{ index: 0, delta: { content }, ...more }] });

describe('a stream of events', () => {
  it('is told by its type, and by its lines where a server does not say', () => {
    expect(isEventStream('text/event-stream; charset=utf-8', '')).toBe(true);
    expect(isEventStream('application/json', 'data: {}')).toBe(true);
    expect(isEventStream('application/json', '{"data": []}')).toBe(false);
  });

  it('adds up to the reply, its tokens and its cost', () => {
    const logprobs = (token: string) => ({ logprobs: { content: [{ token, logprob: 0 }] } });
    const text = `: keep-alive\r\n\r\n${stream(
      { model: 'm', choices: [{ index: 0, delta: { role: 'assistant', reasoning_content: 'hm' } }] },
      delta('{"buy": ', logprobs('a')),
      delta('0.85}', logprobs('b')),
      { model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { model: 'm', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
      '[DONE]',
    )}`;
    expect(completionOfStream(text)).toMatchObject({
      model: 'm',
      usage: { prompt_tokens: 3, completion_tokens: 2 },
      choices: [
        {
          message: { content: '{"buy": 0.85}', reasoning_content: 'hm' },
          finish_reason: 'stop',
          logprobs: { content: [{ token: 'a' }, { token: 'b' }] },
        },
      ],
    });
  });

  it('is read with any line end, with data over several lines, and behind comments alone', () => {
    const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: '0.4' }, finish_reason: 'stop' }] });
    const whole = { choices: [{ message: { content: '0.4' } }] };
    expect(completionOfStream(`data: ${chunk}\r\rdata: [DONE]\r\r`)).toMatchObject(whole);
    expect(completionOfStream(`data: ${chunk.replace(',', ',\ndata: ')}\n\ndata: [DONE]\n\n`)).toMatchObject(whole);
    expect(completionOfStream(`data: ${chunk}\ndata: [DONE]\n`)).toMatchObject(whole);
    expect(completionOfStream(`: PROCESSING\n\n: PROCESSING\n\n${JSON.stringify(whole)}`)).toEqual(whole);
  });

  it('of several choices is the first one', () => {
    const second = { choices: [{ index: 1, delta: { content: '0.9' }, finish_reason: 'stop' }] };
    expect(completionOfStream(stream(second, delta('0.4'), '[DONE]'))).toMatchObject({
      choices: [{ message: { content: '0.4' } }],
    });
  });

  it('is not an answer while its end is missing', () => {
    expect(completionOfStream(stream(delta('{"buy": 0.8')))).toBeUndefined();
    expect(completionOfStream('')).toBeUndefined();
    expect(completionOfStream('data: {"choices": [{"del')).toBeUndefined();
  });

  it('is an error where it holds one', () => {
    expect(completionOfStream(stream(delta('{'), { error: { message: 'broken' } }))).toEqual({
      error: { message: 'broken' },
    });
  });
});
