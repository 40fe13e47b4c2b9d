import { afterEach, expect, it } from 'vitest';
import { fromPhrases } from '../../../env/observation.ts';
import { defaultScenario as scenario } from '../../../scenarios/default-scenario.ts';
import { dataFile } from '../../../workspace/bundled.ts';
import { openGguf } from './backend.ts';
import { keepLastModel } from './kept-pool.ts';

afterEach(() => keepLastModel(false));

const open = () => openGguf({ path: dataFile('teachers/tiny.gguf'), scenario, sequences: 2, processes: 1 });
const runs = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('keeps the model that was closed last for whoever opens the same one next', async () => {
  await keepLastModel(true);
  const question = fromPhrases(scenario, [{ traits: [], context: [] }]);
  const first = await open();
  const [pid] = first.backend!.pids;
  const [answer] = await first.ask(question);
  await first[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  expect(runs(pid!)).toBe(true);
  const again = await open();
  expect(again.backend!.pids).toEqual([pid]);
  expect(await again.ask(question)).toEqual([answer]);
  // While it is in use, it is not given to anybody else.
  const beside = await open();
  expect(beside.backend!.pids).not.toEqual([pid]);
  await again[Symbol.asyncDispose]();
  await beside[Symbol.asyncDispose]();
  expect(runs(pid!)).toBe(false);
});
