import { z } from 'zod';
import { grains, type ShardedVerb } from '../policies/shards/sharded.ts';
import { PREFIX } from './connection.ts';

/** A file of a parcel: where it lies below the folder that all files of the command have in common, and what it holds. */
const parcelFile = z.object({
  path: z.string(),
  sha256: z.string(),
});

/** Everything that a worker needs to run a command that was given elsewhere. */
const parcel = z.object({
  /** Version of understudy: another one might give other bytes. */
  version: z.string(),
  verb: z.enum(Object.keys(grains) as ShardedVerb[]),
  /** What follows the verb. All paths in it are relative. */
  args: z.array(z.string()),
  /** The current directory and the workspace, below the common folder. */
  directory: z.string(),
  workspace: z.string(),
  files: z.array(parcelFile),
  /** Models that the command asks and that no worker has by itself; SHA-256 where the file is known to who wrote this. */
  models: z.array(z.object({ name: z.string(), sha256: z.string().optional() })),
});
export type Parcel = z.infer<typeof parcel>;

/** Files of a parcel that are code, whatever whoever wrote it says: scenarios in JavaScript or TypeScript. */
export const modulesOf = ({ files }: Parcel): string[] =>
  files.map(({ path }) => path).filter((path) => /\.[cm]?[jt]sx?$/i.test(path));

export const readParcel = (text: string): Parcel => parcel.parse(JSON.parse(text));

/** What a job of the queue holds: one shard of the command of a parcel. */
export interface JobData {
  /** Which run of a command it belongs to. */
  readonly run: string;
  /** SHA-256 of the parcel's JSON. */
  readonly parcel: string;
  readonly verb: string;
  readonly version: string;
  readonly models: readonly string[];
  /** From 1 on. */
  readonly index: number;
  readonly of: number;
}

/** A file that a shard left: its name in the folder of shards, and its content. */
export interface ShardResult {
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  readonly seconds: number;
  readonly worker: string;
}

/** How far a job is, as its worker says. */
export interface JobProgress {
  readonly stage: string;
  readonly done: number;
  readonly of: number;
}

/** A job that failed is tried again after a moment; after this many attempts its reason stands. */
export const ATTEMPTS = 3;
/** Times that a job may be found without the worker that had it, which was killed or lost its network. */
export const STALLS = 3;

/** The queue of the jobs that need these models: each worker takes those of the models that it has. */
export const queueOf = (models: readonly string[]): string =>
  models.length === 0 ? 'plain' : [...models].sort().map(encodeURIComponent).join('+');

export const jobId = (run: string, index: number): string => `${run}-${index}`;

/** The set of the names of all queues that were ever used. */
export const QUEUES = `${PREFIX}:queues`;

/** Where workers say why they left the jobs of a run to others. */
export const refusalsOf = (run: string): string => `${PREFIX}:refusals:${run}`;
