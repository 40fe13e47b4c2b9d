import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sequence } from '../env/random.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { defineVocabulary } from '../env/vocabulary.ts';
import { type Audit, audit } from '../measure/audit/audit.ts';
import { openTeacher } from '../policies/open.ts';
import { verdictOf } from '../report/findings/audit.ts';

const TRAITS = ['young', 'thrifty', 'curious', 'sporty', 'careful'];
const LEVEL = 0.05;

/**
 * People of 32 kinds who differ in what the contrast does to them, but in opposite ways: over all of them, its mean is the
 * effect that is planted, and of an effect of 0 exactly 0 whatever a wording shifts up or down.
 */
function worldOf(study: number, effect: number, spread: number): Vocabulary {
  const random = sequence(study, 'population');
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const half = Array.from({ length: 2 ** (TRAITS.length - 1) }, () => [0.8 * normal(), spread * normal()] as const);
  const all = 2 ** TRAITS.length - 1;
  return defineVocabulary({
    id: 'audited',
    actions: ['stay', 'go'],
    traits: { phrases: TRAITS },
    contexts: { phrases: ['before', 'after'], conflicts: [['before', 'after']] },
    knownRule: {
      noise: 0.3,
      probabilities: ({ traits, contexts }) => {
        const kind = traits.reduce((set, trait) => set | (1 << TRAITS.indexOf(trait)), 0);
        const [base, own] = kind < half.length ? half[kind]! : half[all - kind]!.map((value) => -value);
        const logit = base! + (contexts.includes('after') ? own! + effect : 0);
        return { go: 1 / (1 + Math.exp(-logit)) };
      },
    },
  });
}

interface Study {
  readonly effect: number;
  /** What is planted in the oracle. */
  readonly shifts: string;
  readonly wordings: number;
}

/**
 * Whether the p-values of an audit are right: null studies in which each wording shifts what the contrast does to everybody,
 * studies with an effect as large as such a shift, and studies in which one form of list turns the sign.
 */
export async function auditing(nulls = 1000, powered = 400, flips = 200): Promise<void> {
  const workspace = mkdtempSync(join(tmpdir(), 'understudy-audits-'));
  const began = process.cpuUsage();
  let studies = 0;
  const play = async (study: number, { effect, shifts, wordings }: Study): Promise<Audit> => {
    const scenario = worldOf(study, effect, 0.35);
    await using teacher = await openTeacher(`oracle?${shifts}&seed=${study}`, { scenario });
    studies++;
    return await audit({
      ...{ scenario, outcome: 'p:go', expect: 'more', wordings, workspace, seed: study },
      a: { name: 'before', phrases: ['before'] },
      b: { name: 'after', phrases: ['after'] },
      ...{ teachers: [teacher], elicits: ['sample'] },
    });
  };
  const share = (hits: number, of: number) =>
    `${(hits / of).toFixed(3)} ± ${(1.96 * Math.sqrt(((hits / of) * (1 - hits / of)) / of)).toFixed(3)}`;
  const rejected = async (count: number, study: Study) => {
    const hits = { wordings: 0, verdict: 0, sign: 0, wilcoxon: 0 };
    for (let n = 0; n < count; n++) {
      const found = await play(n, study);
      const { estimate, overPersonas } = found;
      if (estimate!.p <= LEVEL) hits.wordings++;
      // What the audit says, which looks at how alike its wordings are as well.
      if (/holds|other way/.test(verdictOf(found))) hits.verdict++;
      if (overPersonas!.sign.p <= LEVEL) hits.sign++;
      if (overPersonas!.wilcoxon.p <= LEVEL) hits.wilcoxon++;
      if (n % 100 === 99) console.error(`${n + 1} of ${count}: ${JSON.stringify(study)} ${JSON.stringify(hits)}`);
    }
    return hits;
  };
  const told = (
    name: string,
    count: number,
    { wordings, verdict, sign, wilcoxon }: Awaited<ReturnType<typeof rejected>>, // biome-ignore format: one line
  ) =>
    console.log(
      `  ${name.padEnd(46)} by wording ${share(wordings, count)}; as said ${share(verdict, count)}; wrong: sign test ${share(sign, count)}, Wilcoxon ${share(wilcoxon, count)}`,
    );
  try {
    console.log(`\nshare of studies with p ≤ ${LEVEL}; shifts of .5 logits (standard deviation), 32 kinds of people:`);
    const own = 'wording*after=0.5';
    for (const wordings of [12, 24])
      told(`${nulls} nulls, ${wordings} wordings`, nulls, await rejected(nulls, { effect: 0, shifts: own, wordings }));
    told(
      `${powered} nulls, 24 wordings, shifts by form of list`,
      powered,
      await rejected(powered, { effect: 0, shifts: 'list*after=0.5&wording*after=0.1', wordings: 24 }),
    );
    for (const wordings of [3, 12, 24])
      told(
        `${powered} effects of one shift, ${wordings} wordings`,
        powered,
        await rejected(powered, { effect: 0.5, shifts: own, wordings }),
      );
    let found = 0;
    for (let n = 0; n < flips; n++) {
      const { against, facets } = await play(n, { effect: 1, shifts: 'list:lines*after=-3&wording*after=0.2', wordings: 24 }); // biome-ignore format: one line
      const list = facets[0]!.facet === 'list' ? facets[0]!.levels : [];
      if (against > 0 && list.find(({ level }) => level === 'lines')?.against === list.find(({ level }) => level === 'lines')?.specifications) found++; // biome-ignore format: one line
    }
    console.log(`  a sign that lists in lines turn: found in ${found} of ${flips}, with the form of the list as the first facet`); // biome-ignore format: one line
    const { user, system } = process.cpuUsage(began);
    console.log(`  ${((user + system) / 1e3 / studies).toFixed(0)} ms of CPU a study`);
  } finally {
    rmSync(workspace, { recursive: true });
  }
}
