import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import { evaluate } from '../../measure/evaluation/evaluate.ts';
import { studentsIn } from '../../policies/students/checkpoint.ts';
import { type EvaluationReport, evaluationText, readEvaluation } from '../../workspace/evaluation.ts';
import type { OpenPack } from '../../workspace/pack.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { jsonText } from '../../workspace/result-file.ts';
import { readTeacherAnswers } from '../../workspace/teacher-answers.ts';
import { type Check, checkOf, tableFaults } from './check.ts';
import { differences } from './differences.ts';
import { renamed, standIns } from './stand-ins.ts';

/** What differs between machines, and between runs on one; tables are checked by themselves. */
const MACHINE = ['machine', 'decisionsPerSecond', 'tables'];
/** What a teacher was asked for. */
const ASKED = ['asked', 'budget', 'onPolicy', 'teacherOrder', 'byTeacher'];
/** What depends on every model that was evaluated. */
const BETWEEN = ['versusBest', 'comparisons'];
/** Policies that answer without a model. */
const WITHOUT_MODEL = /^(?:oracle|uniform|constant:.*|policy:.*)$/;

/** The evaluation, computed again from test rows and students; nothing where there was none. */
export async function evaluationChecks(
  { files }: OpenPack,
  paths: Workspace,
  scenario: Vocabulary,
  work: WorkOptions,
): Promise<Check[]> {
  const kept = (await readEvaluation(paths)) as EvaluationReport | undefined;
  if (!kept) return [];
  const notChecked = (...details: string[]): Check[] => [{ what: 'evaluation', outcome: 'not checked', details }];
  const textOf = (path: string) => {
    const content = files.get(relative(paths.root, path).split(sep).join('/'));
    return content && new TextDecoder().decode(content);
  };
  const test = [...files.keys()].find((name) => name === kept.test.path);
  if (test === undefined) return notChecked(`its test rows, ${kept.test.path}, are not in the pack`);
  const students = await studentsIn(paths.root);
  const evaluated = kept.models.filter(({ kind }) => kind !== 'baseline');
  const models = evaluated
    .filter(({ model, kind }) => (kind === 'student' ? students.includes(model) : WITHOUT_MODEL.test(model)))
    .map(({ model }) => model);
  const left = evaluated.map(({ model }) => model).filter((model) => !models.includes(model));
  if (models.length === 0) return notChecked(`${left.join(', ')} would have to be asked`);
  const agents = Math.max(0, ...evaluated.map(({ onPolicy }) => onPolicy?.agents ?? 0));
  const orders = Math.max(1, ...evaluated.map(({ order }) => order?.orders ?? 1));
  // What a teacher is asked for depends on where every model goes.
  const answers = left.length > 0 ? undefined : await readTeacherAnswers(paths, scenario.actions);
  const names = new Map(kept.byTeacher?.teachers.map(({ id, teacher }) => [id, teacher]));
  const teachers = answers ? standIns(kept, answers, scenario) : [];
  const askedAgain = teachers.length > 0;
  // The replay writes over them.
  const changed = await tableFaults(paths.evaluation);
  const replayed = await evaluate({
    ...{ test: `${paths.root}${sep}${test}`, models, workspace: paths.root, scenario, seed: kept.seed },
    ...{ orders, agents, signal: work.signal, progress: work.progress },
    ...(askedAgain && { teacher: kept.byTeacher ? teachers : teachers[0]! }),
    ...(kept.budget !== undefined && { budget: kept.budget }),
  });
  const made = renamed(replayed, names);
  const wasAsked = kept.asked !== undefined || kept.byTeacher !== undefined;
  const ignored = new Set([...MACHINE, ...(wasAsked && !askedAgain ? ASKED : []), ...(left.length > 0 ? BETWEEN : [])]);
  // As it stands in the file: numbers that are undefined are null there.
  const raw = JSON.parse(textOf(paths.evaluation)!) as EvaluationReport;
  const known = { ...raw, models: raw.models.filter(({ model }) => !left.includes(model)) };
  const faults = differences(known, JSON.parse(jsonText(made)), ignored).map(
    (one) => `results/metrics/evaluation.json, ${one}`,
  );
  if (textOf(paths.evaluationTable) !== evaluationText(kept.models))
    faults.push('results/metrics/evaluation.csv does not say what results/metrics/evaluation.json says');
  const tables = left.length > 0 ? [] : [paths.predictions, paths.comparisons, paths.subgroups, paths.shares];
  if (left.length === 0) tables.push(paths.coefficients, paths.effects, ...(askedAgain ? [paths.teacherAnswers] : []));
  for (const path of tables) {
    const again = await readFile(path, 'utf8').catch(() => undefined);
    const name = relative(paths.root, path);
    faults.push(...lineFaults(name, textOf(path), again));
  }
  const open = [
    ...(wasAsked && !askedAgain
      ? [
          `what teachers were asked for (the error on visited states, other orders, models against each of several teachers) was not computed again: ${answers ? 'the report names none of them' : left.length > 0 ? 'it depends on models that would have to be asked' : 'the pack has no results/metrics/teacher-answers.csv'}`,
        ]
      : []),
    ...(left.length === 0 ? [] : [`${left.join(', ')} would have to be asked, and the tests between models with it`]),
  ];
  return [
    checkOf('evaluation', [...faults, ...changed]),
    ...(open.length > 0 ? [{ what: 'evaluation by a teacher', outcome: 'not checked' as const, details: open }] : []),
  ];
}

/** Lines of a table that are not what was computed again. */
function lineFaults(name: string, kept: string | undefined, again: string | undefined): string[] {
  if (kept === again) return [];
  if (kept === undefined || again === undefined)
    return [`${name} is ${kept === undefined ? 'missing' : 'not made again'}`];
  const [lines, others] = [kept.split('\n'), again.split('\n')];
  const apart = lines.flatMap((line, i) => (line === others[i] ? [] : [i + 1]));
  return [`${name} differs in ${apart.length} lines, first in line ${apart[0] ?? lines.length + 1}`];
}
