import { labelWords } from '../label-words.ts';
import { bestOf, candidates, movedByOrder, ofTable } from '../models.ts';
import type { StudyFiles } from '../study-files.ts';
import { short } from '../wording.ts';
import { auditFindings } from './audit.ts';
import { baselineName } from './beside.ts';
import { effectsFindings } from './effects.ts';
import { evaluationFindings } from './evaluation.ts';
import type { Finding } from './finding.ts';
import { populationFindings } from './populations.ts';
import { stabilityFindings } from './stability.ts';

/** What the study found, in a line. */
export function headlineOf(study: StudyFiles): string {
  const { evaluation } = study;
  const best = bestOf(study);
  if (!evaluation || !best) return 'No student has been evaluated yet';
  if (best.beatsBaseline && evaluation.labels === 'choices' && best.logLoss !== undefined)
    return `${best.model} foresees choices with a log loss of ${short(best.logLoss)}${best.auc === undefined || Number.isNaN(best.auc) ? '' : ` and an AUC of ${best.auc.toFixed(2)}`}`;
  return best.beatsBaseline
    ? `${best.model} is ${short(best.mae)} away from ${labelWords(evaluation).source} on average`
    : `No ${candidates(study).some(({ kind }) => kind === 'student') ? 'student' : 'model'} clearly beats ${baselineName(evaluation.bestBaseline)}`;
}

/**
 * All that a study shows: warnings about its teacher, the evaluation, what phrases do.
 * The stability study has a list of its own: `stabilityFindings`.
 * @param action whose probability the effects are about
 */
export function studyFindings(study: StudyFiles, action: string): Finding[] {
  return [
    ...caveats(study),
    ...(study.evaluation ? evaluationFindings(study.evaluation) : []),
    ...teacherNoise(study),
    ...labelOrder(study),
    ...effectsFindings(study, action),
  ];
}

/** Everything that `visualize` tells of a study. */
export const allFindings = (study: StudyFiles, action: string): Finding[] => [
  ...studyFindings(study, action),
  ...(study.stability ? stabilityFindings(study.stability) : []),
  ...(study.compared ? populationFindings(study.compared) : []),
  ...(study.audit ? auditFindings(study.audit.report) : []),
];

/** What the teacher says of itself, once, whichever files say it; of a teacher whose labels these are not, nothing. */
function caveats(study: StudyFiles): Finding[] {
  const { stability, dataset, students } = study;
  if (ofTable(study)) return [];
  const sentences = [
    ...[stability, dataset].flatMap((part) => (part?.caveat ? [`The teacher ${part.teacher}: ${part.caveat}.`] : [])),
    ...(dataset?.caveat
      ? []
      : students.flatMap(({ teacher }) => (teacher.caveat ? [`The teacher: ${teacher.caveat}.`] : []))),
  ].map((sentence) => sentence.replace(/\.\.$/, '.'));
  return [...new Set(sentences)].map((text) => ({
    ...{ kind: 'teacher-caveat', severity: 'warning', topic: 'The teacher', text, numbers: {} },
  }));
}

/** The student's error beside the teacher's own spread, if that was measured by sampling. */
function teacherNoise(study: StudyFiles): Finding[] {
  const { stability } = study;
  const best = bestOf(study);
  // What stands in a table is not the answer of the teacher that was asked again.
  if (!best || !stability || stability.temperature === 0) return [];
  if (ofTable(study) || study.evaluation?.labels === 'choices') return [];
  const sd = stability.std.sample;
  const rmse = Math.sqrt(best.mse);
  return [
    {
      kind: 'teacher-noise',
      severity: 'main',
      topic: 'Beside the teacher’s own noise',
      text: `Asked again at temperature ${stability.temperature}, the teacher itself varies with a standard deviation of ${short(sd)} around its own mean${stability.action === undefined ? '' : ` P(${stability.action})`}; the root of ${best.model}’s mean squared error is ${short(rmse)}${rmse < sd ? ', less than that' : ''}.`,
      numbers: { sd, rmse },
    },
  ];
}

/** What the teacher's sensitivity to order means for the labels that were asked for. */
function labelOrder(study: StudyFiles): Finding[] {
  const { evaluation, dataset } = study;
  if (ofTable(study)) return [];
  const moves = evaluation?.teacherOrder ? movedByOrder(evaluation.teacherOrder).maxSd : 0;
  const text =
    dataset?.order === 'canonical'
      ? 'All labels were asked in one order: students copy the teacher as it answers in that one.'
      : dataset?.order === 'shuffled'
        ? 'Labels were asked in random orders: this is noise in them that no state explains.'
        : undefined;
  return moves > 0 && text !== undefined
    ? [{ kind: 'label-order', severity: 'detail', topic: 'Order of the labels', text, numbers: { maxSd: moves } }]
    : [];
}

/** What is damaged or not there yet, and the verb that makes it; of labels in a table no teacher is missed. */
export function missingOf(study: StudyFiles): string[] {
  const { evaluation, logs, stability, dataset, damaged = [] } = study;
  const given = ofTable(study);
  return [
    ...damaged.map((sentence) => `${sentence}.`),
    ...(stability || given
      ? []
      : ['No stability study: `understudy stability` asks the teacher the same questions repeatedly.']),
    ...(dataset || given ? [] : ['No data set made here: `understudy dataset` asks the teacher for one.']),
    ...(logs.length > 0 ? [] : ['No training log: `understudy train` trains students and logs their losses.']),
    ...(evaluation ? [] : ['No evaluation: `understudy evaluate` compares students with held-out decisions.']),
  ];
}

/** What to do next, while no student has been evaluated. */
export const nextStep = (study: StudyFiles): string =>
  study.logs.length > 0
    ? 'Students have been trained; `understudy evaluate` compares them with held-out decisions.'
    : 'This report shows the results so far; the steps that are missing are listed below.';
