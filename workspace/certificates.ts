import { join } from 'node:path';
import { z } from 'zod';
import { hashOf } from './hash.ts';
import type { Workspace } from './paths.ts';
import { filesIn, interval, number, readJson, writeJson } from './result-file.ts';

/** What a run's total would have been under the teacher, as measure/certificate.ts has it. */
const outcome = interval.extend({ total: number, teacher: number, difference: number });

/** One file of results/certificates: a run, by what it takes to make it again, and how far it is from its teacher's. */
const certificate = z.object({
  /** Version of the package. */
  understudy: z.string(),
  scenario: z.string(),
  /** SHA-256 of the scenario's compiled tables. */
  sha256: z.string(),
  /** Parameters of the scenario, and whether counts of alike agents lived in the run. */
  parameters: z.record(z.string(), z.number()),
  cohorts: z.boolean(),
  /** The names that the command was given. */
  policy: z.string(),
  teacher: z.string(),
  agents: z.number(),
  seed: z.number(),
  ticks: z.number(),
  /** Questions at most, and those that were asked. */
  atMost: z.number(),
  asked: z.number(),
  /** Probability that an interval holds what it says. */
  level: z.number(),
  /** Share of the run's agent-ticks whose observation was asked about. */
  covered: z.number(),
  outcomes: z.record(z.string(), outcome),
});
export type CertificateFile = z.infer<typeof certificate>;

/** Paths of the certificates of a workspace. */
export const certificateFiles = async ({ certificates }: Workspace): Promise<string[]> =>
  (await filesIn(certificates, '.json')).map((name) => join(certificates, name));

/** @throws {UnderstudyError} DISTILL_FILE where the file is damaged */
export const readCertificate = (paths: Workspace, file: string): Promise<CertificateFile | undefined> =>
  readJson(paths, file, 'simulate --certify', certificate);

/** Keeps a certificate beside those of other runs, in the place of an earlier one of the same run. @returns its path */
export async function writeCertificate(paths: Workspace, of: CertificateFile): Promise<string> {
  const { sha256, cohorts, policy, teacher, agents, seed, ticks, atMost } = of;
  const words = `${policy}-by-${teacher}`.replaceAll(/[^\w.-]+/g, '-').slice(0, 80);
  const key = hashOf({ sha256, cohorts, policy, teacher, agents, seed, ticks, atMost }).slice(0, 12);
  const file = join(paths.certificates, `${words}-${key}.json`);
  await writeJson(file, of);
  return file;
}
