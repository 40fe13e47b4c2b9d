import { type OpenPolicyOptions, openPolicy } from '../policies/open.ts';
import type { Policy } from '../policies/policy.ts';

/** The policies of a run: those given stay open; those named are opened, each once, and closed together. */
export class NamedPolicies implements AsyncDisposable {
  readonly #options: OpenPolicyOptions;
  readonly #open = new Map<string, Policy>();

  constructor(options: OpenPolicyOptions) {
    this.#options = options;
  }

  /** @throws {UnderstudyError} as openPolicy does */
  async of(policy: Policy | string): Promise<Policy> {
    if (typeof policy !== 'string') return policy;
    const known = this.#open.get(policy);
    if (known) return known;
    const opened = await openPolicy(policy, this.#options);
    this.#open.set(policy, opened);
    if (opened.caveat) this.#options.log?.(`${policy}: ${opened.caveat}`);
    return opened;
  }

  /** What a policy was opened as; the id of one that was given. */
  nameOf(policy: Policy): string {
    return [...this.#open].find(([, candidate]) => candidate === policy)?.[0] ?? policy.id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const policy of this.#open.values()) await policy[Symbol.asyncDispose]();
  }
}
