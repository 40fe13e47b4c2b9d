import type { Wording } from '../../env/sampling/wordings.ts';
import type { Elicitation } from '../../policies/policy.ts';

/** One way in which a claim can be looked at, each as good as another. */
export interface Specification {
  /** Name of who decides. */
  readonly policy: string;
  /** Absent for a policy that is not asked in words. */
  readonly wording?: Wording;
  readonly elicit?: Elicitation;
  /** For `sample`. */
  readonly temperature?: number;
}

/** A teacher and how it is asked. */
export interface AskedTeacher {
  readonly name: string;
  readonly elicits: readonly Elicitation[];
}

export interface SpecificationOptions {
  readonly teachers: readonly AskedTeacher[];
  /** Policies without wordings: students, and teachers that repeat a file. */
  readonly policies: readonly string[];
  readonly wordings: readonly Wording[];
  /** For `sample`. */
  readonly temperatures: readonly number[];
}

/** Every wording in every way of asking every teacher, and each policy without wordings once. */
export function specificationsOf(options: SpecificationOptions): Specification[] {
  const { teachers, policies, wordings, temperatures } = options;
  return [
    ...teachers.flatMap(({ name, elicits }) =>
      elicits.flatMap((elicit) =>
        (elicit === 'sample' ? temperatures : [undefined]).flatMap((temperature) =>
          wordings.map((wording) => ({
            ...{ policy: name, wording, elicit },
            ...(temperature !== undefined && { temperature }),
          })),
        ),
      ),
    ),
    ...policies.map((policy) => ({ policy })),
  ];
}

/** The way of asking, which several wordings share. */
export const wayOf = ({ policy, elicit, temperature }: Specification): string =>
  [policy, ...(elicit === undefined ? [] : [elicit]), ...(temperature === undefined ? [] : [temperature])].join(' ');
