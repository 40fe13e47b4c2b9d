import { LanguageModelTeacher } from '../../policies/models/teacher.ts';
import type { Teacher } from '../../policies/policy.ts';
import { type PriceTable, priceOf } from '../../policies/spending/prices.ts';
import type { KnownAnswer, OpenQuestion } from '../../policies/spending/rehearsal.ts';
import { estimatedTokens } from '../../policies/spending/tokens.ts';
import { spread } from '../../policies/spread.ts';
import type { Spending } from '../../workspace/spending.ts';

/** Where a number of tokens comes from: earlier answers, the model's own tokenizer, or the length of the text. */
export type TokenSource = 'measured' | 'tokenizer' | 'estimated';

export interface PlannedCost {
  readonly tokens: { readonly prompt: number; readonly completion: number; readonly from: readonly TokenSource[] };
  /** Null with the reason in `unknown`. */
  readonly cost: { readonly amount: number; readonly currency: string; readonly from: string } | null;
  /** Null with the reason in `unknown`. */
  readonly seconds: number | null;
  readonly unknown: Readonly<Record<string, string>>;
  /** Whether a server runs the model, which may want money. */
  readonly hosted: boolean;
}

/** Earlier answers that are enough to go by. */
const ENOUGH = 5;
/** Prompts that the tokenizer is given at most. */
const COUNTED = 200;
/** Requests that a number's distribution takes at a server, on average over the bundled teacher's. */
const REQUESTS_A_NUMBER = 4.2;
/** Tokens of a reply: a number in JSON, and one with an explanation. */
const NUMBER_TOKENS = 12;
const EXPLAINED_TOKENS = 48;
/** Tokens of the frame of a chat template. */
const FRAME_TOKENS = 12;

/** What open questions come to in tokens, money and time. */
export async function costOfQuestions(
  teacher: Teacher,
  { open, known }: { readonly open: readonly OpenQuestion[]; readonly known: readonly KnownAnswer[] },
  { prices, spent, signal }: { prices: PriceTable; spent: readonly Spending[]; signal?: AbortSignal | undefined },
): Promise<PlannedCost> {
  const nothing = { tokens: { prompt: 0, completion: 0, from: [] }, hosted: false };
  if (!(teacher instanceof LanguageModelTeacher))
    return { ...nothing, cost: null, seconds: 0, unknown: { cost: FREE } };
  const { openedBy, name, endpoints, countTokens } = teacher.model;
  const from = new Set<TokenSource>();
  let prompt = 0;
  let completion = 0;
  const kindOf = ({ elicit, explain }: { elicit: string; explain: boolean }) => `${elicit} ${explain}`;
  for (const kind of new Set(open.map(kindOf))) {
    const questions = open.filter((question) => kindOf(question) === kind);
    const past = known.filter((one) => kindOf(one) === kind && one.answer.usage && one.estimate > 0);
    const estimates = questions.reduce((sum, one) => sum + estimateOf(one.prompts), 0);
    if (past.length >= ENOUGH) {
      from.add('measured');
      const sum = (of: (one: KnownAnswer) => number) => past.reduce((total, one) => total + of(one), 0);
      prompt += (sum(({ answer }) => answer.usage!.promptTokens) / sum(({ estimate }) => estimate)) * estimates;
      completion += (sum(({ answer }) => answer.usage!.completionTokens) / past.length) * questions.length;
      continue;
    }
    const [{ elicit, explain }] = questions as [OpenQuestion];
    const requests = elicit === 'expected' && endpoints ? REQUESTS_A_NUMBER : 1;
    const some = spread(questions, COUNTED).flatMap(({ prompts }) => prompts);
    const counts = await countTokens?.(some, signal);
    from.add(counts ? 'tokenizer' : 'estimated');
    const ratio = counts ? counts.reduce((sum, n) => sum + n, 0) / estimateOf(some) : 1;
    const frames = counts ? 0 : FRAME_TOKENS * questions.reduce((sum, { prompts }) => sum + prompts.length, 0);
    prompt += requests * (ratio * estimates + frames);
    const each = elicit === 'choice' ? questions[0]!.prompts.length : explain ? EXPLAINED_TOKENS : NUMBER_TOKENS;
    completion += questions.length * each;
  }
  const tokens = { prompt: Math.round(prompt), completion: Math.round(completion), from: [...from] };
  const unknown: Record<string, string> = {};
  const called = openedBy ?? name;
  const price = priceOf(prices, called);
  if (!endpoints) unknown.cost = 'the model runs on this machine';
  else if (!price)
    unknown.cost = `no price of ${called} in ${prices.path}; name a table that has it with --prices FILE`;
  const cost =
    endpoints && price
      ? {
          amount: (tokens.prompt * price.input + tokens.completion * price.output) / 1e6,
          currency: prices.currency,
          from: `${prices.path}, ${prices.date}: ${price.input} and ${price.output} a million tokens`,
        }
      : null;
  const past = spent.find((one) => one.teacher === called);
  const pastTokens = (past?.promptTokens ?? 0) + (past?.completionTokens ?? 0);
  const rate = past && pastTokens > 0 && past.questions >= ENOUGH ? past.seconds / pastTokens : undefined;
  if (rate === undefined && open.length > 0)
    unknown.seconds = `${called} has answered too few questions here for a rate; --probe 20 asks some of them now`;
  const seconds = open.length === 0 ? 0 : rate === undefined ? null : rate * (tokens.prompt + tokens.completion);
  return { tokens, cost, seconds, unknown, hosted: endpoints !== undefined };
}

const FREE = 'it is not a language model';

const estimateOf = (prompts: readonly string[]) => prompts.reduce((sum, prompt) => sum + estimatedTokens(prompt), 0);
