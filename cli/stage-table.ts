import { bar, type Stage } from './stage.ts';
import { table } from './wording.ts';

const BAR = 10;

/**
 * Stages that go on at the same time, a line each below a line that says what the columns are.
 * @param names in the order of the lines; one that has not begun waits
 * @param now in milliseconds, by the clock of the stages
 */
export function stageTable(names: readonly string[], stages: ReadonlyMap<string, Stage>, now: number): string[] {
  const shared = sharedWords(names);
  const figures = [...new Set([...stages.values()].flatMap(({ last }) => Object.keys(last.figures ?? {})))];
  return table([
    [shared.trim(), '', '', ...figures, ''],
    ...names.map((name) => {
      const own = name.slice(shared.length);
      const stage = stages.get(name);
      if (!stage) return [own, bar(0, BAR), '', ...figures.map(() => ''), 'waiting'];
      const { last, complete, timeLeft } = stage;
      return [
        own,
        bar(stage.share, BAR),
        stage.counted ?? '',
        ...figures.map((figure) => last.figures?.[figure] ?? ''),
        complete ? `✓ ${stage.took(now)}` : timeLeft ? `${timeLeft} left` : '',
      ];
    }),
  ]);
}

/** The words that all names begin with, with the space after them; every name keeps one of its own. */
function sharedWords(names: readonly string[]): string {
  const words = names.map((name) => name.split(' '));
  const shortest = Math.min(...words.map(({ length }) => length));
  let count = 0;
  while (count < shortest - 1 && words.every((own) => own[count] === words[0]![count])) count++;
  return words[0]!.slice(0, count).map((word) => `${word} `).join(''); // biome-ignore format: one line
}
