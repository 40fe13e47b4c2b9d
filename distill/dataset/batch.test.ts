import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sequence } from '../../env/random.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { readBatchResults, writeBatchFile } from './batch-file.ts';
import { killBatches } from './batch-kills.test-support.ts';
import { dataset } from './dataset.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-batch-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const common = () => ({
  ...{ workspace: folder, seed: 1, scenario: iceCream, size: 20, order: 'canonical' as const },
  teacher: 'vllm:http://nowhere.invalid/v1#google/gemma-3-4b-it',
});

it('a file of requests goes out, a file of results comes in, and no server is reached', async () => {
  const [out, back] = [join(folder, 'out.jsonl'), join(folder, 'in.jsonl')];
  expect(await writeBatchFile(out, common())).toMatchObject({ questions: 20, open: 20 });
  await expect(writeBatchFile(out, common())).rejects.toThrow('exists already');
  await expect(writeBatchFile(back, { ...common(), teacher: 'oracle' })).rejects.toThrow(
    'oracle is asked here at once',
  );
  const lines = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'google/gemma-3-4b-it', temperature: 0, messages: [{ role: 'user' }] },
  });
  // As vLLM's run-batch writes them: two of them fail, one is not valid JSON for a reply.
  const reply = (content: string) => ({
    status_code: 200,
    body: {
      model: 'google/gemma-3-4b-it',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 55, completion_tokens: 9 },
    },
  });
  const results = lines.map(({ custom_id }, i) =>
    i < 2
      ? { custom_id, response: { status_code: 400, body: { error: { message: 'too long' } } }, error: null }
      : { custom_id, response: reply(i === 2 ? 'I would rather not say.' : `{"buy": 0.${10 + i}, "explanation": ""}`) },
  );
  writeFileSync(back, `${results.map((line) => JSON.stringify(line)).join('\n')}\n{"custom_id": "of another"}\n`);
  expect(await readBatchResults(back, common())).toMatchObject({ questions: 18, open: 2, others: 1, unanswered: 2 });
  // What failed, and the question whose reply says no number, once more.
  const again = join(folder, 'again.jsonl');
  expect(await writeBatchFile(again, common())).toMatchObject({ questions: 3 });
  const rest = readFileSync(again, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  writeFileSync(
    back,
    rest
      .map(({ custom_id }) => `${JSON.stringify({ custom_id, response: reply('{"buy": 0.5, "explanation": ""}') })}\n`)
      .join(''),
  );
  expect(await readBatchResults(back, common())).toMatchObject({ questions: 3, open: 0 });
  const made = await dataset({ ...common(), batch: true });
  expect(made).toMatchObject({ asked: 20, answers: { asked: 0, remembered: 21 }, elicitation: 'greedy' });
  writeFileSync(back, 'not JSON\n');
  await expect(readBatchResults(back, common())).rejects.toThrow(/in.jsonl, line 1 is not a result of /);
});

it('a process that is killed goes on without paying twice', async () => {
  expect(await killBatches('anthropic', 1, sequence(7, 'sampling'))).toMatchObject({ killed: 1, most: 1 });
});
