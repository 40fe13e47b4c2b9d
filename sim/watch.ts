import type { StepOptions } from './engine/decider.ts';
import type { TickRecord } from './tick-record.ts';

/** What looks at a run tick by tick and adds to its records. */
export interface Watch {
  /** Before a tick is played: asks what it has to. If the tick breaks off, this is done again. */
  before(options: StepOptions): Promise<void>;
  /** Once it is played. @returns what the record tells besides */
  after(record: TickRecord): Partial<TickRecord>;
}
