import type { StudyFacet, StudyStability } from '../../workspace/stability.ts';
import { leastSteady } from '../least-steady.ts';
import { capital, grouped, listed, percent, short } from '../wording.ts';
import type { DeepReadonly, Finding } from './finding.ts';
import { facetName, sideBySideFindings, unreachedFindings } from './teachers.ts';

/** A stability study as its file has it; files of earlier versions lack the optional parts. */
export type Stability = DeepReadonly<StudyStability> & {
  /** How all questions ended. */
  readonly outcomes?: Readonly<Record<string, number>>;
  readonly components?: {
    /** Why the variance could not be split. */
    readonly reason?: string;
  };
};

/** A label that is reliable to this degree is worth its price to most uses; the tables give the others. */
const ENOUGH = 0.95;

const score = (value: number | null) => short(value, 3);

/** What a stability study says about the teacher, in the order in which one would ask. */
export function stabilityFindings(stability: Stability): Finding[] {
  const { sideBySide, unreached } = stability;
  return [
    ...unreachedFindings(unreached),
    ...unusable(stability),
    agreement(stability),
    ...explanations(stability),
    ...facets(stability),
    ...temperatures(stability),
    ...variance(stability),
    ...repeats(stability),
    ...ceiling(stability),
    ...(sideBySide ? sideBySideFindings(sideBySide) : []),
  ];
}

function unusable({ outcomes, complete }: Stability): Finding[] {
  if (!outcomes) return [];
  const asked = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const lost = asked - (outcomes.ok ?? 0);
  if (lost === 0) return [];
  return [
    {
      kind: 'unusable-answers',
      severity: 'warning',
      topic: 'Unusable answers',
      text: `${grouped(lost)} of ${grouped(asked)} answers could not be used; ${grouped(complete)} prompts were answered in every run.`,
      numbers: { lost, asked, complete },
    },
  ];
}

/** How noisy the teacher is. Bounds of Koo & Li, "A guideline of selecting and reporting ICCs", 2016. */
function agreement(stability: Stability): Finding {
  const { std, icc, predictedSd, runs, temperature, kind, action, elicitation } = stability;
  const varying = leastSteady(stability);
  const predicted =
    predictedSd === undefined
      ? ''
      : ` The distribution that it gives to its number, read once, says ${short(predictedSd)} at temperature 1.`;
  const finding = (text: string, numbers: Finding['numbers'] = {}): Finding => ({
    ...{ kind: 'agreement', severity: 'main', topic: 'How noisy', text: `${text}${predicted}` },
    numbers: { sd: std.sample, ...(predictedSd !== undefined && { predictedSd }), ...numbers },
  });
  if (kind === 'determinism check') {
    if (std.sample > 0)
      return finding(
        `Reruns that should be identical differ by a standard deviation of ${short(std.sample)}: asking is not deterministic here.`,
      );
    return finding(
      elicitation === 'greedy'
        ? 'Greedy answers repeat exactly: asking is deterministic here. This says nothing about how sure the model is.'
        : 'Sampled answers repeat exactly: this teacher has one answer to each question, so its agreement means nothing.',
    );
  }
  const one = icc['ICC(1,1)'];
  const asked = `Asked the same again, the teacher answers with a standard deviation of ${short(std.sample)} around its own mean${
    action === undefined ? '' : ` P(${action})`
  }${varying ? `, averaged over the actions; P(${varying.action}) varies most, by ${short(varying.sd)}` : ''}.`;
  // c4 of normal answers, about (4n − 4) / (4n − 3): Cureton, "Unbiased estimation of the standard deviation", 1968.
  const seen =
    predicted && temperature === 1 && runs < 8
      ? ` (On average ${runs} runs show ${percent((4 * runs - 4) / (4 * runs - 3))} of the true one.)`
      : '';
  if (!one || one.value === null) return finding(`${asked}${one?.reason ? ` Agreement is ${one.reason}.` : ''}${seen}`);
  const value = Math.min(1, Math.max(0, one.value));
  const judged = one.lower === undefined || Number.isNaN(one.lower) ? '' : ` Agreement is ${judgement(one.lower)}:`;
  const share = `${percent(value)} of the variance of single answers lies between prompts, the rest is noise.`;
  return finding(`${asked}${judged} ${share}${withinLevel(stability)}${seen}`, {
    icc: one.value,
    ...(one.lower !== undefined && { lower: one.lower }),
    ...(one.upper !== undefined && { upper: one.upper }),
  });
}

const judgement = (lower: number) =>
  lower > 0.9 ? 'excellent' : lower > 0.75 ? 'good' : lower > 0.5 ? 'moderate' : 'poor';

/** Where reruns of one prompt agree, facet by facet. */
const WITHIN: Readonly<Record<string, string>> = {
  temperature: 'at one temperature',
  order: 'in one order of the phrases',
  paraphrase: 'within one wording of the question',
  batch: 'with one number of questions at once',
};

/** Says where the agreement of reruns ends: at a facet that brings more of the variance than the prompts do. */
function withinLevel({ components }: Stability): string {
  const [first] = components ? facetShares(components) : [];
  const within = first && WITHIN[first.facet];
  return within && first.share > promptShare(components!)
    ? ` This agreement holds ${within}: changing it moves an answer more than asking about another state does.`
    : '';
}

/** How alike the explanations are, beside those of other prompts, and what the comparison cannot see. */
function explanations({ kind, cosine: { value, between, method, coverage } }: Stability): Finding[] {
  // Answers that repeat exactly repeat their explanations.
  if (value === null || kind === 'determinism check') return [];
  const beside = between === null || between === undefined ? '' : `, of different prompts ${score(between)}`;
  const known =
    coverage !== undefined && method.startsWith('word vectors:')
      ? ` ${percent(coverage)} of the words have a vector.`
      : '';
  return [
    {
      kind: 'explanations',
      severity: 'detail',
      topic: 'How alike the explanations',
      text: `Explanations of one prompt have a mean cosine of ${score(value)}${beside} (${method}).${known}`,
      numbers: {
        within: value,
        ...(typeof between === 'number' && { between }),
        ...(coverage !== undefined && { coverage }),
      },
    },
  ];
}

/** The facets beside the seed that change answers, the strongest first. */
function facets({ facets: all = {} }: Stability): Finding[] {
  const others = Object.entries(all)
    .flatMap(([facet, found]) => (facet !== 'seed' && found ? [[facet, found] as const] : []))
    .sort(([, a], [, b]) => b.meanAbsoluteDifference - a.meanAbsoluteDifference);
  if (others.length === 0) return [];
  const moved = others.filter(([, { largestDifference }]) => largestDifference > 0);
  const still = others
    .filter(([, { largestDifference }]) => largestDifference === 0)
    .map(([facet]) => facetName(facet));
  const by = ({
    meanAbsoluteDifference,
    largestDifference,
  }: Pick<StudyFacet, 'meanAbsoluteDifference' | 'largestDifference'>) =>
    `by ${short(meanAbsoluteDifference)} on average and ${short(largestDifference)} at most`;
  const [first, ...rest] = moved;
  const sentences = [
    ...(first ? [`${capital(facetName(first[0]))} moves an answer most, ${by(first[1])}`] : []),
    ...rest.map(([facet, found]) => `${facetName(facet)} ${by(found)}`),
    ...(still.length > 0 ? [`${listed(still)} ${still.length > 1 ? 'change' : 'changes'} nothing`] : []),
  ];
  const noisy = moved.filter(([, { asked }]) => asked === 'sample').map(([facet]) => facetName(facet));
  const noise = noisy.length > 0 ? ` Part of the effect of ${listed(noisy)} is the noise of draws.` : '';
  return [
    {
      kind: 'facets',
      severity: 'detail',
      topic: 'What moves the answers',
      text: `${capital(sentences.join('; '))}.${noise}`,
      numbers: Object.fromEntries(others.map(([facet, found]) => [facet, found.meanAbsoluteDifference])),
    },
  ];
}

function temperatures({ facets: all = {} }: Stability): Finding[] {
  const { temperature } = all;
  if (!temperature) return [];
  const spread = temperature.sds.flatMap((sd, i) => (sd === null ? [] : [{ sd, level: temperature.levels[i]! }]));
  if (spread.length < 2) return [];
  return [
    {
      kind: 'temperature',
      severity: 'detail',
      topic: 'What the temperature does',
      text: `The standard deviation of a prompt’s answers is ${listed(spread.map(({ sd, level }) => `${short(sd)} at temperature ${level}`))}.`,
      numbers: Object.fromEntries(spread.map(({ sd, level }) => [level, sd])),
    },
  ];
}

type Components = NonNullable<Stability['components']>;

const promptShare = ({ effects }: Components): number => effects.find(({ effect }) => effect === 'prompt')?.share ?? 0;

/**
 * Share of each facet in the variance of a crossed design, its interactions included, the largest first. Estimates below
 * 0 are in the sums: without them chance alone would give every facet a share.
 */
function facetShares({ facets, effects, total }: Components): { facet: string; share: number }[] {
  if (facets.length < 2 || effects.length === 0) return [];
  return facets
    .map((facet) => {
      const own = effects.filter(({ effect }) =>
        facet === 'seed' ? effect === 'residual' : effect.split(/\W+/).includes(facet),
      );
      const sum = own.reduce((all, effect) => all + effect.variance, 0);
      return { facet, share: Math.max(0, sum) / total };
    })
    .sort((a, b) => b.share - a.share);
}

/** For a crossed design only: with prompts and reruns alone, the agreement says the same. */
function variance({ components }: Stability): Finding[] {
  if (!components || components.facets.length < 2) return [];
  const common = { kind: 'variance', severity: 'detail', topic: 'Where the variance comes from' } as const;
  if (components.reason !== undefined)
    return [{ ...common, text: `${capital(components.reason)}.`.replace(/\.\.$/, '.'), numbers: {} }];
  if (components.effects.length === 0) return [];
  const prompt = promptShare(components);
  const shares = facetShares(components);
  const [first, ...rest] = shares.filter(({ share }) => share >= 0.0005);
  const others = rest.map(({ facet, share }) => `${facetName(facet)} ${percent(share)}`);
  const then = others.length > 0 ? `, then ${listed(others)}` : '';
  const asked = `${percent(prompt)} of the variance of an answer comes from what was asked about`;
  const text = !first
    ? `${asked}; nothing else shows`
    : first.share > prompt
      ? `${percent(first.share)} of the variance of an answer comes from ${facetName(first.facet)}, its interactions included, and ${percent(prompt)} from what was asked about${others.length > 0 ? `; further shares: ${listed(others)}` : ''}`
      : `${asked}; ${facetName(first.facet)} comes next with ${percent(first.share)}, its interactions included${then}`;
  return [
    {
      ...common,
      text: `With everything varied at once, ${text}.`,
      numbers: { prompt, ...Object.fromEntries(shares.map(({ facet, share }) => [facet, share])) },
    },
  ];
}

function repeats({ repeats: rows = [] }: Stability): Finding[] {
  const known = rows.filter(({ reliability }) => reliability !== null);
  const [one, ...more] = known;
  if (!one || one.reliability === 1 || more.length === 0) return [];
  const enough = known.find(({ reliability }) => reliability! >= ENOUGH);
  const shown = more.filter(({ repeats: n }) => n === 3 || n === 10);
  const verdict = !enough
    ? `None of these numbers of answers brings it to ${ENOUGH}`
    : enough.repeats === 1
      ? `One answer is enough for ${ENOUGH}`
      : `${enough.repeats} answers are enough for ${ENOUGH}`;
  return [
    {
      kind: 'repeats',
      severity: 'detail',
      topic: 'How many repeats',
      text: `A label of one answer has a reliability of ${score(one.reliability)}${shown
        .map(({ repeats: n, reliability }) => `, the mean of ${n} has ${score(reliability)}`)
        .join('')}. ${verdict}; four times as many answers halve the noise.`,
      numbers: Object.fromEntries(known.map(({ repeats: n, reliability }) => [n, reliability!])),
    },
  ];
}

function ceiling({ noiseCeiling = [], actions }: Stability): Finding[] {
  const [one, ...more] = noiseCeiling.filter(({ r2 }) => r2 !== null);
  if (!one || one.mse === 0) return [];
  const ten = more.find(({ repeats: n }) => n === 10);
  const bounds = ({ r2, pearson, mse }: typeof one) =>
    `R² ${score(r2)}, a correlation of ${score(pearson)} or a mean squared error of ${short(mse)}`;
  return [
    {
      kind: 'noise-ceiling',
      severity: 'detail',
      topic: 'The ceiling for students',
      text: `Scored against single answers, no student can be expected to do better than ${bounds(one)}${
        ten ? `; against means of ten, than ${bounds(ten)}` : ''
      }. Labels of \`expected\`${actions ? ' or `choice`' : ''} carry no noise of the seed and set no such bound.`,
      numbers: { r2: one.r2!, mse: one.mse },
    },
  ];
}
