import { createRequire } from 'node:module';

/** What a test runner gives: the functions of Vitest, Jest, Mocha or node:test. */
export interface TestRunner {
  readonly describe: (title: string, body: () => void) => unknown;
  /** The body may be given a context that can skip the test. */
  readonly it: (title: string, body: (context?: unknown) => void | Promise<void>) => unknown;
  /** Called once when all tests of the suite are over. */
  readonly afterAll?: (body: () => void | Promise<void>) => unknown;
}

/**
 * The runner of a suite: the functions given, otherwise the global ones, otherwise those of Vitest or node:test in a
 * file that one of them runs. A runner's afterAll is used with its own describe only.
 * @throws {TypeError} if there is none
 */
export function testRunner(given: Partial<TestRunner> = {}): TestRunner {
  const known = runners();
  const describe = given.describe ?? known.find((runner) => runner.describe)?.describe;
  const it = given.it ?? known.find((runner) => runner.it)?.it;
  if (!describe || !it)
    throw new TypeError(
      'this suite needs a test runner: call it in a test file, and pass { describe, it } where they are not global',
    );
  const afterAll = given.afterAll ?? known.find((runner) => runner.describe === describe)?.afterAll;
  return { describe, it, ...(afterAll && { afterAll }) };
}

/** Skips the running test, saying why, where its runner can; the caller returns in any case. */
export function skip(context: unknown, reason: string): void {
  (context as { skip?: (reason: string) => void } | undefined)?.skip?.(reason);
}

/** Runners whose functions can be found; the first that has them is taken. */
function runners(): Partial<TestRunner>[] {
  const { describe, it, afterAll, after } = globalThis as Partial<TestRunner & { after: TestRunner['afterAll'] }>;
  // Vitest has no global functions unless asked for them, and cannot be required; in a file that it runs, it leaves its
  // module here for code that cannot wait for an import.
  const { __vitest_index__: vitest } = globalThis as { __vitest_index__?: Partial<TestRunner> };
  // node:test marks the files that it runs; to run one by hand, pass its functions.
  const node = process.env.NODE_TEST_CONTEXT ? [nodeRunner()] : [];
  return [{ describe, it, afterAll: afterAll ?? after }, ...(vitest ? [vitest] : []), ...node];
}

function nodeRunner(): TestRunner {
  const { describe, it, after } = createRequire(import.meta.url)('node:test') as typeof import('node:test');
  return { describe, it, afterAll: after } as TestRunner;
}
