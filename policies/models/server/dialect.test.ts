import { describe, expect, it } from 'vitest';
import { type Dialect, firstDialect, formFields, replySchema, stepDown } from './dialect.ts';

const common = ['model', 'messages', 'temperature', 'max_tokens', ...Object.keys(firstDialect.extras)];
const formed = [...common, 'response_format'];
const probing = [...common, 'logprobs', 'top_logprobs', 'continue_final_message', 'add_generation_prompt'];

describe('the schema of a reply', () => {
  it('has a number for each action but the first, then the explanation', () => {
    const schema = replySchema(['wait', 'walk', 'run'], true) as { properties: object };
    expect(schema).toEqual({
      type: 'object',
      properties: {
        walk: { type: 'number', minimum: 0, maximum: 1 },
        run: { type: 'number', minimum: 0, maximum: 1 },
        explanation: { type: 'string' },
      },
      required: ['walk', 'run', 'explanation'],
      additionalProperties: false,
    });
    expect(Object.keys(schema.properties)).toEqual(['walk', 'run', 'explanation']);
  });

  it('leaves room for an explanation that is not wanted, or the number would run on', () => {
    expect(replySchema(['skip', 'buy'], false)).toMatchObject({
      properties: { explanation: { type: 'string', enum: [''] } },
      required: ['buy', 'explanation'],
    });
  });
});

describe('a dialect', () => {
  it('takes one form after the other, down to none', () => {
    const schema = { type: 'object' };
    const fields: object[] = [];
    for (let dialect: Dialect | undefined = firstDialect; dialect; ) {
      const sent: object = formFields(dialect.form, schema);
      fields.push(sent);
      dialect = stepDown(dialect, 'Invalid response_format', [...common, ...Object.keys(sent)]);
    }
    expect(fields).toEqual([
      { response_format: { type: 'json_schema', json_schema: { name: 'reply', strict: true, schema } } },
      { response_format: { type: 'json_object', schema } },
      { guided_json: schema },
      { response_format: { type: 'json_object' } },
      {},
    ]);
  });

  it.each([
    ['response_format type must be one of "text" or "json_object", but got: json_schema', formed],
    ['The provided JSON schema contains features not supported by xgrammar.', formed],
    ['body.response_format.type: Input should be "text" or "json_object"', formed],
  ])('takes the next form after %j', (said, sent) =>
    expect(stepDown(firstDialect, said, sent)).toEqual({
      ...firstDialect,
      form: 'response_format json_object with a schema',
    }),
  );

  it('learns the newer name of the limit', () => {
    const said =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead. (max_tokens)";
    expect(stepDown(firstDialect, said, formed)).toEqual({ ...firstDialect, limit: 'max_completion_tokens' });
  });

  it('leaves out the settings that are named, or all where none is', () => {
    expect(stepDown(firstDialect, 'Unrecognized request arguments supplied: min_p, top_k', formed)?.extras).toEqual({
      repetition_penalty: 1,
      chat_template_kwargs: { enable_thinking: false },
    });
    expect(stepDown(firstDialect, 'Extra inputs are not permitted', formed)).toEqual({ ...firstDialect, extras: {} });
  });

  it('asks for as few alternatives as the server lists, and then for none', () => {
    const step = (said: string, logprobs: number) => stepDown({ ...firstDialect, logprobs }, said, probing)?.logprobs;
    expect(step('Requested sample logprobs of 20, which is greater than max allowed: 5', 20)).toBe(5);
    expect(step('top_logprobs must be at most 11', 20)).toBe(11);
    expect(step('Invalid top_logprobs', 20)).toBe(5);
    expect(step('You are not allowed to request logprobs from this model', 5)).toBe(0);
  });

  it.each([
    ["'temperature' does not support 0 with this model. Only the default (1) value is supported", formed],
    ['Unrecognized request argument supplied: continue_final_message', probing],
    ['This model has a maximum context length of 512 tokens. However, you requested 1035 tokens', formed],
    ["The model's turn cannot be begun", probing],
    ['Invalid response_format', common],
  ])('has no way around %j', (said, sent) => expect(stepDown(firstDialect, said, sent)).toBeUndefined());
});
