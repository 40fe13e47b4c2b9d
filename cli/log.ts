import type { AskedLog, LogEntry } from '../policies/labels/log.ts';
import { grouped } from '../report/wording.ts';
import { outcomes } from '../workspace/label.ts';
import { choice, flag, integer, integerOrAll, list, text } from './options.ts';
import { defineVerb } from './verb.ts';
import { decimal } from './wording.ts';

const NARROW = 80;

export default defineVerb({
  name: 'log',
  summary: 'every question that a language model was asked, and its reply',
  description: [
    'Lists data/labels.jsonl in the order in which answers were kept: line, outcome, rung (how the reply was read: json, object, words, or none where the number was read without a reply), P of the second action, teacher, phrases, and the reply or the reason. Lines are cut to the width of the terminal; --full shows the question and the reply as they were.',
    'Filters are combined; one that is given several times takes any of its values, except --phrase, which wants all of them.',
  ].join('\n'),
  world: 'reads',
  options: {
    outcome: list(choice('Questions that ended like this.', outcomes, {})),
    rung: list(choice('Replies that were read like this.', ['json', 'object', 'words', 'none'] as const, {})),
    phrase: list(text('Questions in which this phrase was shown.', { placeholder: 'PHRASE' })),
    teacher: list(text('Questions to this teacher, by its name or its id.', {})),
    skip: integer('Entries to pass over.', { min: 0, default: 0 }),
    limit: integerOrAll('Entries to list.', { min: 1, default: 40 }),
    full: flag('Questions and replies in full.'),
  },
  stopped: 'nothing was changed',
  examples: [
    ['understudy log --outcome unparsable', 'replies that could not be read'],
    ['understudy log --rung words --full', 'replies in words, whole'],
    ['understudy log --phrase "likes walking" --teacher tiny --limit all --json', 'as JSON, for a program'],
  ],
  async run({ values, scenario, report }) {
    const { outcome, rung, phrase, teacher, skip, limit, full, workspace } = values;
    const { readLog } = await import('../policies/labels/log.ts');
    const some = <T>(items: readonly (T | undefined)[]) => (items.length > 0 ? (items as readonly T[]) : undefined);
    const result = await readLog({
      ...{ workspace, scenario, skip, phrases: phrase as readonly string[] },
      ...{ outcomes: some(outcome), rungs: some(rung), teachers: some(teacher) },
      ...(limit !== 'all' && { limit }),
    });
    report(result, logWords(result, { skip, full, width: process.stdout.columns ?? NARROW }));
  },
});

function logWords(
  { matching, questions, entries }: AskedLog,
  { skip, full, width }: { readonly skip: number; readonly full: boolean; readonly width: number },
): string[] {
  const digits = String(entries.at(-1)?.line ?? 1).length;
  const rows = entries.map((entry) => (full ? fullText(entry) : shortLine(entry, digits, width)));
  const left = matching - skip - entries.length;
  const count = `${grouped(matching)} of ${grouped(questions)} questions`;
  return [
    ...rows,
    left > 0
      ? `${grouped(entries.length)} listed, ${count} match; go on with --skip ${skip + entries.length}, or --limit all`
      : `${count} match`,
  ];
}

function shortLine({ line, outcome, rung, probabilities, teacher, ...entry }: LogEntry, digits: number, width: number) {
  const said = entry.reply ?? entry.reason ?? '';
  const held = [...entry.traits, ...entry.context].join(', ') || '(nothing)';
  const p = probabilities?.[1] === undefined ? '' : decimal(probabilities[1], 3);
  const head = `${String(line).padStart(digits)} ${outcome.padEnd(10)} ${(rung ?? '–').padEnd(6)} ${p.padStart(5)}  `;
  const text = `${head}${teacher.replace(/-[0-9a-f]{12}$/, '')}: ${held}${said === '' ? '' : ` → ${said}`}`;
  const flat = Array.from(text.replace(/[\s\p{Cc}]+/gu, (space) => (/^ +$/.test(space) ? space : ' ')));
  return flat.length > width ? `${flat.slice(0, width - 1).join('')}…` : flat.join('');
}

function fullText({ line, outcome, rung, probabilities, teacher, elicit, prompt, ...entry }: LogEntry): string {
  const safe = (text: string) => text.replace(/[^\P{Cc}\n\t]/gu, '�').replaceAll('\n', '\n  ');
  return [
    `── line ${line}: ${teacher}, ${elicit}, paraphrase ${entry.paraphrase + 1} ──`,
    `  ${safe(prompt ?? [...entry.traits, ...entry.context].join(', '))}`,
    `→ ${outcome}${rung ? `, read by ${rung}` : ''}${probabilities ? `, P = ${probabilities.map((p) => decimal(p, 4)).join(' ')}` : ''}${entry.reason ? `: ${entry.reason}` : ''}`,
    ...(entry.reply === undefined ? [] : [`  ${safe(entry.reply)}`]),
    '',
  ].join('\n');
}
