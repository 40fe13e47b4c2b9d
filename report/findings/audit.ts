import type { AuditReport } from '../../workspace/audits.ts';
import { grouped, listed, percent, pValue, short, withInterval } from '../wording.ts';
import type { DeepReadonly, Finding } from './finding.ts';

type Audit = DeepReadonly<AuditReport>;

/** Below so many independent wordings, the p-value promises more than it can keep. */
const FEW = 8;

/** Facets as a person would name them. */
const FACETS: Readonly<Record<string, string>> = {
  paraphrase: 'the paraphrase',
  slots: 'the order of the prompt’s parts',
  order: 'the order of the phrases',
  list: 'the form of the list',
  punctuation: 'the punctuation',
  elicitation: 'the elicitation',
  temperature: 'the temperature',
};
export const facetName = (facet: string): string => FACETS[facet] ?? facet;

/** What a claim says, in a clause: "P(ride) is more for B than for A". */
export function claimWords({ claim: { outcome, kind, a, b, expect } }: Audit): string {
  const action = outcome.replace(/^p:/, '');
  const what = kind === 'probability' ? `P(${action})` : kind === 'share' ? `the share of ${action}` : outcome;
  return `${what} is ${expect} for ${b} than for ${a}`;
}

/** The verdict in a few words. */
export function verdictOf({ estimate, power, claim }: Audit): string {
  if (!estimate) return 'no wordings to judge by';
  if (power.leastP > 0.05) return 'too few wordings to say';
  if (estimate.p > 0.05) return 'not told apart from no difference';
  if (isAlike(estimate) && estimate.pOfLevels > 0.05) return 'the wordings are too alike to say';
  return estimate.mean > 0 === (claim.expect === 'more') ? 'holds over the wordings' : 'goes the other way';
}

/** Whether a claim survives its specifications, and what it depends on. */
export const auditFindings = (audit: Audit): Finding[] => [
  ...lost(audit),
  ...tooFew(audit),
  ...alike(audit),
  ...luck(audit),
  verdict(audit),
  range(audit),
  ...facets(audit),
  ...overPersonas(audit),
];

function verdict(audit: Audit): Finding {
  const { estimate } = audit;
  const words = claimWords(audit);
  const about = `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  const text = estimate
    ? `${about}: ${verdictOf(audit)}. The mean difference over ${grouped(estimate.wordings)} wordings is ${bounded(estimate.mean, estimate.interval)}, p ${pValue(estimate.p)} by ${estimate.exact ? 'all' : 'drawn'} sign flips with the wording as the unit.${estimate.leftOut > 0 ? ` ${grouped(estimate.leftOut)} wordings are left out, as some way of asking has no estimate for them.` : ''}`
    : `${about}: ${verdictOf(audit)}. All specifications stand side by side.`;
  return {
    ...{ kind: 'claim', severity: 'main', topic: 'The claim', text },
    numbers: { mean: estimate?.mean ?? Number.NaN, p: estimate?.p ?? Number.NaN, wordings: estimate?.wordings ?? 0 },
  };
}

/** Without bounds, there are too few wordings for an interval. */
const bounded = (mean: number, interval: { readonly lower: number; readonly upper: number }) =>
  Number.isFinite(interval.lower) ? withInterval(mean, interval) : short(mean);

function range({ range: { lower, upper, median }, against, specifications, failed }: Audit): Finding {
  const whole = specifications - failed;
  const signs =
    against === 0
      ? 'none goes against the claim'
      : against === whole
        ? 'all go against the claim'
        : `${grouped(against)} ${against === 1 ? 'goes' : 'go'} against the claim: its sign depends on the specification`;
  return {
    ...{ kind: 'claim-range', severity: 'detail', topic: 'Over all specifications' },
    text: `Over ${grouped(whole)} specifications on the same random numbers, the estimate goes from ${short(lower)} to ${short(upper)}, half of them below ${short(median)}; ${signs}.`,
    numbers: { lower, upper, median, against },
  };
}

function facets({ facets: all, wordingShare, togetherShare }: Audit): Finding[] {
  const moving = all.filter(({ share }) => share >= 0.005);
  const rest = [
    ...(wordingShare >= 0.005 ? [`single wordings beyond that ${percent(wordingShare)}`] : []),
    ...(togetherShare >= 0.005 ? [`what acts together only ${percent(togetherShare)}`] : []),
  ];
  const parts = [...moving.map(({ facet, share }) => `${facetName(facet)} ${percent(share)}`), ...rest];
  if (parts.length === 0) return [];
  return [
    {
      ...{ kind: 'claim-facets', severity: 'detail', topic: 'What moves it' },
      text: `Shares of the variance between specifications: ${listed(parts)}.`,
      numbers: Object.fromEntries(all.map(({ facet, share }) => [facet, share])),
    },
  ];
}

function tooFew({ estimate, power: { wordings, leastP, atOneShift, needed } }: Audit): Finding[] {
  if (!estimate || atOneShift >= 0.8) return [];
  const enough = needed === null ? '' : `; ${needed} wordings find it nine times in ten (\`--wordings ${needed}\`)`;
  const text =
    leastP > 0.05
      ? `${grouped(wordings)} wordings cannot give a p below ${short(leastP)}, whatever the effect: there is no power at all${enough}.`
      : `${grouped(wordings)} wordings find an effect as large as what a wording shifts ${percent(atOneShift)} of the time${enough}.`;
  return [
    { kind: 'claim-power', severity: 'warning', topic: 'Too few wordings', text, numbers: { wordings, atOneShift } },
  ];
}

const isAlike = ({ effectiveWordings, wordings }: NonNullable<Audit['estimate']>): boolean =>
  effectiveWordings < Math.min(FEW, 0.75 * wordings);

/** Wordings that share the levels which decide are not independent. */
function alike({ estimate, facets: all, power }: Audit): Finding[] {
  // With too few to say anything, how alike they are does not matter.
  if (!estimate || power.leastP > 0.05 || !isAlike(estimate)) return [];
  const most = all.find(({ facet }) => facet in FACETS && facet !== 'elicitation' && facet !== 'temperature');
  return [
    {
      ...{ kind: 'claim-wordings', severity: 'warning', topic: 'Wordings that are alike' },
      text: `The ${grouped(estimate.wordings)} wordings share the levels of what moves the estimate${most ? ` (above all ${facetName(most.facet)})` : ''} and are worth ${short(estimate.effectiveWordings)} independent ones. If these levels are a sample of such levels, p ${pValue(estimate.pOfLevels)}; more paraphrases of your own say more.`,
      numbers: { effectiveWordings: estimate.effectiveWordings, p: estimate.pOfLevels },
    },
  ];
}

function overPersonas({ overPersonas: found, estimate }: Audit): Finding[] {
  if (!found) return [];
  const { personas, sign, wilcoxon } = found;
  return [
    {
      ...{ kind: 'claim-personas', severity: 'note', topic: 'Wrong tests' },
      text: `Over ${grouped(personas)} kinds of people, the sign test says p ${pValue(sign.p)} and Wilcoxon’s p ${pValue(wilcoxon.p)}. Both are wrong: all people share what a wording shifts, so that they are not independent${estimate ? '' : ', and there is no wording here to take instead'}.`,
      numbers: { sign: sign.p, wilcoxon: wilcoxon.p },
    },
  ];
}

function luck({ luck: error, estimate, replications }: Audit): Finding[] {
  if (error === null || !estimate || error < Math.abs(estimate.mean) / 2) return [];
  // Where both sides come out the same on every seed, there is no luck.
  if (error === 0) return [];
  return [
    {
      ...{ kind: 'claim-luck', severity: 'warning', topic: 'Luck' },
      text: `All specifications share the luck of ${grouped(replications)} runs, which alone moves their mean by ${short(error)} (standard error), beside a mean of ${short(estimate.mean)}: more agents or replications are needed.`,
      numbers: { standardError: error },
    },
  ];
}

function lost({ failed, specifications, failures }: Audit): Finding[] {
  if (failed === 0) return [];
  return [
    {
      ...{ kind: 'claim-failed', severity: 'warning', topic: 'Without an estimate' },
      text: `${grouped(failed)} of ${grouped(specifications)} specifications failed, and the others stand. ${failures[0]!.specifications === failed ? 'The reason' : 'The most frequent reason'}: ${failures[0]!.reason}.`,
      numbers: { failed, specifications },
    },
  ];
}
