import { replyHead, replyTokens } from '../gguf/grammar.ts';
import { answerOfNumber } from './answer.ts';
import type { Completion } from './completion.ts';
import type { Ask } from './dialect.ts';
import { replySchema } from './dialect.ts';
import { isAboutQuestion, ServerFailure } from './failure.ts';
import { certaintyOf, faultIn, isBinary, type NumberPath, numberPath, numberWeights } from './number-weights.ts';

/**
 * How a server's numbers are read. `prefill`: it goes on with a reply whose beginning it is given, so that every likely
 * digit can be followed. `reply`: it writes a reply of its own, and only what it lists along the way is known.
 */
export type Route =
  | {
      readonly kind: 'prefill';
      readonly head: string;
      readonly more: Readonly<Record<string, unknown>>;
      /** What a person should know of it. */
      readonly note?: string;
    }
  | { readonly kind: 'reply'; readonly note?: string }
  | { readonly kind: 'none'; readonly why: string };

type Complete = (ask: Ask) => Promise<Completion>;

/** Ways to have a server continue the last message: vLLM's fields, or none, as for llama-server and Ollama. */
const CONTINUATIONS = [{ continue_final_message: true, add_generation_prompt: false }, {}];
/** Beginnings of a number whose chances sum to less than this are not followed further. */
const UNFOLLOWED = 1e-4;
/** Questions about one number: the first, both digits of each first digit, and the ways to write 1. */
const MOST_QUESTIONS = 16;
/** Tokens from the head of a reply to the end of its number, white space included. */
const NUMBER_TOKENS = 6;

/**
 * Tries out how a server's numbers can be read, with one question; with the others where the first number is certain.
 * @throws {ServerFailure} where the server fails for another reason
 */
export async function findRoute(
  [prompt, ...more]: readonly [string, ...string[]],
  actions: readonly string[],
  complete: Complete,
): Promise<Route> {
  let fault: string | undefined;
  const seen: Completion[] = [];
  const checked: Complete = async (ask) => {
    const completion = await complete(ask);
    fault ??= faultIn(completion.tokens ?? []);
    seen.push(completion);
    return completion;
  };
  const route = (await prefillRoute(prompt, actions, checked)) ?? (await replyRoute(prompt, actions, checked));
  if (route.kind === 'none') return route;
  if (fault !== undefined) return { kind: 'none', why: fault };
  /** Why the numbers of its own replies cannot be read, a question each; undefined for one where they can. */
  const unread: (string | undefined)[] = [];
  const certain = async (question: string) => {
    const paths = await readNumberBy(route, question, actions, checked, 1);
    if (route.kind === 'reply') {
      const answer = answerOfNumber(paths, { first: seen.at(-1), whole: true, actions });
      unread.push(answer.outcome === 'refused' ? answer.reason!.replace(/; ask for "greedy"$/, '') : undefined);
    }
    return paths[0] && certaintyOf(paths[0]);
  };
  let certainty = more.length > 0 ? await certain(prompt) : undefined;
  for (const question of more)
    if (certainty !== undefined || (unread.length > 0 && unread.every((why) => why !== undefined))) {
      const next = await certain(question);
      certainty &&= next;
    }
  if (isBinary(seen.flatMap(({ tokens = [] }) => tokens)))
    return { kind: 'none', why: 'lists logarithms of probabilities to the base 2, not natural ones' };
  if (unread.length > 0 && unread.every((why) => why !== undefined))
    return { kind: 'none', why: `cannot be read at ${unread.length} questions: ${unread[0]}` };
  const same = `lists every token as certain at ${more.length + 1} questions, as after a temperature of 0`;
  if (certainty === 'impossible') return { kind: 'none', why: same };
  return certainty === 'unlisted' ? { ...route, note: `${same}: its means are its greedy replies` } : route;
}

async function prefillRoute(
  prompt: string,
  actions: readonly string[],
  complete: Complete,
): Promise<Route | undefined> {
  const tight = replyHead(actions).trimEnd();
  for (const more of CONTINUATIONS) {
    const asked = (head: string, limit: number) => tried(complete, ask(prompt, head, limit, more));
    const trial = await asked(`${tight} 0.`, 1);
    if (trial.refused) continue;
    if (trial.why) return { kind: 'none', why: trial.why };
    const begins = numberMass([{ after: '0.', tokens: trial.tokens }]);
    if (begins < 0.5) continue;
    // Chat templates strip white space from the end of a message, some tokenizers want it before a number.
    let best: { head: string; mass: number } | undefined;
    for (const head of [tight, `${tight} `]) {
      const { tokens = [] } = await asked(head, NUMBER_TOKENS);
      const mass = numberMass([{ after: '', tokens }]);
      if (mass > (best?.mass ?? 0.5)) best = { head, mass };
    }
    if (best) return { kind: 'prefill', head: best.head, more };
  }
  return undefined;
}

async function replyRoute(prompt: string, actions: readonly string[], complete: Complete): Promise<Route> {
  const whole = wholeReply(prompt, actions);
  const { why, refused } = await tried(complete, whole);
  if (why) return { kind: 'none', why };
  if (!refused) return { kind: 'reply' };
  // Were it not for the probabilities, would it answer?
  await complete({ ...whole, logprobs: false });
  return { kind: 'none', why: `gives no token probabilities: ${refused}` };
}

/** A route as what is said of its server. */
export function wordsOf(route: Route): string {
  if (route.kind === 'none') return route.why;
  if (route.note !== undefined) return route.note;
  return route.kind === 'prefill'
    ? 'continues a reply that is begun for it, so its numbers are read digit by digit'
    : 'begins every reply anew, so each number is read along one reply';
}

/** The ways of a number that a server lists. */
export async function readNumberBy(
  route: Exclude<Route, { kind: 'none' }>,
  prompt: string,
  actions: readonly string[],
  complete: Complete,
  most = MOST_QUESTIONS,
): Promise<NumberPath[]> {
  if (route.kind === 'reply') {
    const { tokens = [] } = await complete(wholeReply(prompt, actions));
    const path = numberPath(tokens, actions[1]!);
    return path ? [path] : [];
  }
  const follow = async (after: string, limit: number): Promise<NumberPath> => {
    const { tokens = [] } = await complete(ask(prompt, route.head + after, limit, route.more));
    return { after, tokens };
  };
  const paths = [await follow('', NUMBER_TOKENS)];
  while (paths.length < most) {
    const open = numberWeights(paths).open.filter(({ text }) => text.trim() !== '');
    const left = open.reduce((sum, { probability }) => sum + probability, 0);
    if (left < UNFOLLOWED) break;
    const { text } = open[0]!;
    // After the first decimal one token ends the number.
    paths.push(await follow(text, text.trim().length > 2 ? 1 : NUMBER_TOKENS - 2));
  }
  return paths;
}

/** A question with the beginning of its reply. */
const ask = (prompt: string, head: string, limit: number, more: Readonly<Record<string, unknown>>): Ask => ({
  messages: [
    { role: 'user', content: prompt },
    { role: 'assistant', content: head },
  ],
  limit,
  logprobs: true,
  more,
});

const wholeReply = (prompt: string, actions: readonly string[]): Ask => ({
  messages: [{ role: 'user', content: prompt }],
  limit: 64 + 2 * replyTokens(actions, true),
  logprobs: true,
  schema: replySchema(actions, false),
});

/** Probability of what is a number or begins one. */
function numberMass(paths: readonly NumberPath[]): number {
  const { open, missing } = numberWeights(paths);
  return open.reduce((sum, { text, probability }) => sum + (text.trim() ? probability : 0), 1 - missing);
}

interface Tried {
  readonly tokens: NonNullable<Completion['tokens']>;
  /** Why no token's probability is known. */
  readonly why?: string;
  /** What the server said that does not want such a request. */
  readonly refused?: string;
}

async function tried(complete: Complete, request: Ask): Promise<Tried> {
  try {
    const { tokens, text } = await complete(request);
    return tokens && (tokens.length > 0 || text === undefined)
      ? { tokens }
      : { tokens: [], why: 'gives no token probabilities (logprobs)' };
  } catch (error) {
    if (!(error instanceof ServerFailure)) throw error;
    const { status = 0, said = '' } = error;
    const named = /logprobs/i.test(said) && [403, 404, 501].includes(status);
    // A chat template that does not want a reply to begin with is an internal error to some servers.
    const broken = error.kind === 'unreadable' || [400, 422, 500, 501].includes(status);
    if (!named && (!broken || isAboutQuestion(error))) throw error;
    return /logprobs/i.test(said)
      ? { tokens: [], why: `gives no token probabilities: ${error.said}` }
      : { tokens: [], refused: error.said ?? error.message };
  }
}
