import type { Scenario } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import { defaultTeacher } from '../../policies/open.ts';
import { ownPackage } from '../../workspace/package.ts';
import { writeFileAtomically } from '../../workspace/write-file.ts';
import { helloOf } from './hello.ts';
import { Stage } from './stage.ts';
import { townPage, viewerFiles } from './town-page.ts';

export interface SaveTownOptions extends WorkOptions {
  readonly scenario: Scenario;
  readonly policy: string;
  readonly agents: number;
  readonly seed: number;
  readonly ticks: number;
  /** Policies that take over at a tick. */
  readonly swaps: readonly { readonly tick: number; readonly policy: string }[];
  readonly workspace: string;
  /** The page that is written. */
  readonly file: string;
  /** Folder of the built viewer; default: the package's. */
  readonly viewer?: string;
}

export interface SavedTown {
  readonly file: string;
  readonly bytes: number;
  /** Of the run that the page shows. */
  readonly stateHash: string;
}

/**
 * Plays a run as the viewer's server does and writes it as a page that opens without one.
 * @throws {UnderstudyError} as recordTown, townPage and openPolicy do
 */
export async function saveTown(options: SaveTownOptions): Promise<SavedTown> {
  const { scenario, workspace, policy, agents, seed, ticks, swaps, file, signal, log } = options;
  const viewer = viewerFiles(options.viewer);
  const teacher = await defaultTeacher(scenario, workspace);
  const also = swaps.map((swap) => swap.policy).filter((name) => name !== teacher);
  const stage = await Stage.open({ scenario, agents, seed, policy, teacher, also, workspace, signal, log });
  try {
    stage.command({ do: 'compare', on: false });
    const name = (at: number) => swaps.findLast(({ tick }) => tick <= at)?.policy ?? policy;
    const { run, cast } = stage;
    for (let tick = 0; tick < ticks; tick++) {
      const member = await cast.opened(name(tick));
      if (member !== run.inCharge) run.swap(member);
      await run.advance(signal ?? new AbortController().signal);
    }
    const { version } = ownPackage();
    const hello = helloOf(run, { version, boot: '', control: false, adjustable: false });
    const page = await townPage(viewer, await stage.record(run.run, hello), `Understudy · ${scenario.id}`);
    await writeFileAtomically(file, page);
    return { file, bytes: page.length, stateHash: run.stateHash };
  } finally {
    await stage.close();
  }
}
