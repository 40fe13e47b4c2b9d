/** The two functions that a test runner gives: those of Vitest, Jest, Mocha or node:test. */
export interface TestRunner {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: (title: string, body: () => void | Promise<void>) => unknown;
}

/** Vitest has no global functions unless asked for them; in a file that it runs, its own can be imported. */
const vitest: Partial<TestRunner> = process.env.VITEST ? await import('vitest') : {};

/**
 * The runner of a suite: the functions given, else the global ones, else Vitest's in a file that Vitest runs.
 * @throws {TypeError} if there is none
 */
export function testRunner(given: Partial<TestRunner> = {}): TestRunner {
  const found = globalThis as Partial<TestRunner>;
  const describe = given.describe ?? found.describe ?? vitest.describe;
  const it = given.it ?? found.it ?? vitest.it;
  if (!describe || !it)
    throw new TypeError(
      'this suite needs a test runner: call it in a test file, and pass { describe, it } where they are not global',
    );
  return { describe, it };
}
