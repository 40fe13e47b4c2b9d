import { UnderstudyError } from '../../env/error.ts';
import type { Scenario } from '../../env/scenario.ts';
import { type AskOptions, type Elicitation, elicitations } from '../policy.ts';

/** How a question is asked, every default filled in; everything that does not matter to an elicitation is fixed. */
export interface Asking {
  readonly elicit: Elicitation;
  readonly explain: boolean;
  /** 0 except for `sample`. */
  readonly temperature: number;
  /** 0 except for `sample`. */
  readonly seed: number;
  readonly repeat: number;
  /** Undefined: whatever suits the teacher. */
  readonly batch: number | undefined;
}

/**
 * Reads the options of an asking.
 * @throws {UnderstudyError} POLICY_ARGUMENT for options out of range
 */
export function askingOf(scenario: Scenario, options: AskOptions): Asking {
  const {
    elicit = 'expected',
    explain = false,
    temperature = 1,
    seed = 0,
    repeat = 0,
    paraphrase = 0,
    batch,
  } = options;
  const wrong = (message: string) => new UnderstudyError('POLICY_ARGUMENT', message);
  if (!elicitations.includes(elicit))
    throw wrong(`unknown elicitation: ${String(elicit)} (known: ${elicitations.join(', ')})`);
  if (!(temperature > 0 && temperature <= 10))
    throw wrong(`a temperature is above 0 and at most 10, got ${temperature} (use "greedy" for 0)`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw wrong(`a seed is an integer of 0 or more, got ${seed}`);
  if (!Number.isSafeInteger(repeat) || repeat < 0) throw wrong(`a repeat is an integer of 0 or more, got ${repeat}`);
  if (batch !== undefined && !(Number.isSafeInteger(batch) && batch >= 1))
    throw wrong(`a batch is an integer of 1 or more, got ${batch}`);
  const wordings = scenario.prompt.paraphrases.length;
  if (!Number.isInteger(paraphrase) || paraphrase < 0 || paraphrase >= wordings)
    throw wrong(`${scenario.id} has ${wordings} paraphrases (0 to ${wordings - 1}), asked for number ${paraphrase}`);
  const sampled = elicit === 'sample';
  return {
    elicit,
    explain: explain && elicit !== 'expected',
    temperature: sampled ? temperature : 0,
    seed: sampled ? seed : 0,
    repeat,
    batch,
  };
}
