/**
 * Writes what the Python side needs to know about the scenario and the oracle: one truth for both languages.
 *
 *     npx tsx tools/tiny-teacher/export.ts [models/tiny-teacher/scenario.json]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { driver, replyDistribution, utility } from '../../env/known-rule.ts';
import { iceCreamRule, iceCreamWording } from '../../scenarios/ice-cream-v1/rule.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';

const path = process.argv[2] ?? join('models', 'tiny-teacher', 'scenario.json');

// Answers of the TypeScript rule, against which the Python rule is checked before training.
const cases = [[], [0], [9], [0, 9, 10], [4, 3, 12, 8], [6, 1, 2, 11, 15, 7], [5, 0, 13, 14, 10, 12, 9]].flatMap(
  (observation) =>
    iceCreamRule.paraphraseShifts.map((_, paraphrase) => ({
      observation,
      paraphrase,
      utility: utility(iceCreamRule, observation, paraphrase),
      distribution: [...replyDistribution(iceCreamRule, observation, paraphrase)],
      buyer: driver(iceCreamRule, observation, true)?.phrase ?? null,
      skipper: driver(iceCreamRule, observation, false)?.phrase ?? null,
    })),
);

const { id, phrases, conflicts, prompt } = iceCream;
mkdirSync(dirname(path), { recursive: true });
// JSON has no infinity: the last bound becomes null.
writeFileSync(
  path,
  `${JSON.stringify({ id, phrases, conflicts, prompt, rule: iceCreamRule, wording: iceCreamWording, cases }, null, 1)}\n`,
);
