import type { Finding } from '../report/findings/finding.ts';
import type { Options } from './options.ts';
import { commonOptions, scenarioOptions, type Verb } from './verb.ts';

const WIDTH = 80;

/** `understudy --help`. */
export function overview(verbs: readonly Verb[]): string {
  const rows = verbs.map(({ name, summary }) => [name, summary] as const);
  return [
    'understudy: ask an LLM how people decide, distil it into a small student,',
    '            run populations with either.',
    '',
    'Usage: understudy VERB [flags]',
    '',
    'From teacher to student, in this order (study runs them all, small):',
    ...columns(rows.slice(3, 11)),
    '',
    'Running populations:',
    ...columns(rows.slice(11)),
    '',
    'A world of your own:',
    ...columns(rows.slice(0, 3)),
    '',
    'Flags of every verb:',
    ...flagRows({ ...scenarioOptions, ...commonOptions }),
    '',
    'understudy VERB --help shows the flags of a verb, with examples.',
    'understudy --version shows the version.',
    '',
    'Exit status: 0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C.',
    '',
    'Start here:',
    ...columns([
      ['understudy study', 'a whole small study on the bundled stand-in teacher'],
      ['understudy serve', 'the town in the browser'],
    ]),
  ].join('\n');
}

/** `understudy VERB --help`. */
export function helpOf(verb: Verb): string {
  const positionals = (verb.positionals ?? []).map((name) => ` [${name}]`).join('');
  return [
    `understudy ${verb.name}${positionals} [flags]`,
    '',
    ...verb.description.split('\n').flatMap((line) => wrap(line, WIDTH)),
    ...(Object.keys(verb.options).length > 0 ? ['', 'Flags:', ...flagRows(verb.options)] : []),
    '',
    'Flags of every verb:',
    ...flagRows({ ...(verb.world !== 'none' && scenarioOptions), ...commonOptions }),
    '',
    'Examples:',
    ...verb.examples.flatMap(([command, effect]) => [
      `  ${command}`,
      ...wrap(effect, WIDTH - 6).map((line) => `      ${line}`),
    ]),
  ].join('\n');
}

function flagRows(options: Options): string[] {
  return columns(
    Object.entries(options).map(([name, { placeholder, help, shown, multiple, short }]) => [
      `${short ? `-${short}, ` : ''}--${name}${placeholder ? ` ${placeholder}` : ''}`,
      `${help}${multiple ? ' Repeatable.' : ''}${shown === undefined ? '' : ` (default ${shown})`}`,
    ]),
  );
}

/** Rows of two columns, the second wrapped; a first that is too long stands alone. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.min(24, Math.max(...rows.map(([first]) => first.length)));
  return rows.flatMap(([first, second]) => {
    const lines = wrap(second, WIDTH - left - 4);
    const indent = ' '.repeat(left + 4);
    if (first.length > left) return [`  ${first}`, ...lines.map((line) => indent + line)];
    return lines.map((line, i) => (i === 0 ? `  ${first.padEnd(left)}  ${line}` : indent + line));
  });
}

/** Lines of so many characters at most, as far as words allow it; a number keeps its sign of per cent. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(/ (?!%)/)) {
    const last = lines.at(-1)!;
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Findings as the report says them, a paragraph each, warnings first. */
export function findingLines(findings: readonly Finding[], width: number): string[] {
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const others = findings.filter(({ severity }) => severity !== 'warning');
  return [
    ...warnings.map(({ text }) => `Warning: ${text}`),
    ...others.map(({ topic, text }) => `${topic}: ${text}`),
  ].flatMap((paragraph) => wrap(paragraph, width - 2).map((line, i) => (i === 0 ? line : `  ${line}`)));
}
