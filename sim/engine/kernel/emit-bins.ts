import { GROUP } from '../../../env/people.ts';
import { COPIED_BINS, type Routine, scratch } from './program.ts';
import { BYTE_ROWS, rowBytes } from './shape.ts';

/** What is counted: agents by row, or by action and row. */
export interface Counting {
  readonly bins: 'acted' | 'moved';
  readonly rows: number;
  /** 1 if actions do not matter. */
  readonly actions: number;
}

/** Writes how a routine counts agents. */
export class BinEmitter {
  readonly #routine: Routine;

  constructor(routine: Routine) {
    this.#routine = routine;
  }

  /** Clears the four copies of the bins. */
  emitClear(counting: Counting): void {
    this.#overCopies(counting, (at, offset) => {
      for (let copy = 0; copy < 4; copy++)
        this.#routine.code
          .get(at)
          .v128(new Uint8Array(16))
          .memory('v128.store', offset + 4 * COPIED_BINS * copy);
    });
  }

  /**
   * Counts the agents of a group.
   * @param row where their rows are, if bytes number them; otherwise in the scratch space
   * @param whole whether it is known that nobody's place is empty
   */
  emitCount(counting: Counting, row: string, whole: boolean): void {
    const { code } = this.#routine;
    const i32 = (name: string) => this.#routine.i32(name);
    const { rows, actions } = counting;
    const numbered = this.#emitNumbers(counting, row);
    const offset = copies(counting);
    const address = i32('bin');
    /** Adds one to the bin of a lane; `lane` leaves an address less `at` on the stack, for numbers of so many bytes. */
    const add = (lane: (bytes: number) => void, at: number) => {
      const bytes = rowBytes(rows);
      lane(bytes);
      code.memory(bytes === 1 ? 'i32.load8_u' : 'i32.load16_u', scratch.rows + bytes * at);
      if (actions > 1 && !numbered) {
        lane(1);
        code
          .memory('i32.load8_u', scratch.lanes + at)
          .i32(rows)
          .op('i32.mul', 'i32.add');
      }
      code
        .i32(2)
        .op('i32.shl')
        .get(i32(offset === undefined ? counting.bins : 'scratch'))
        .op('i32.add')
        .tee(address);
      const to = offset === undefined ? 0 : offset + 4 * COPIED_BINS * (at & 3);
      code.get(address).memory('i32.load', to).i32(1).op('i32.add').memory('i32.store', to);
    };
    const allLanes = () => {
      for (let lane = 0; lane < GROUP; lane++) add(() => code.get(i32('scratch')), lane);
    };
    if (whole) {
      allLanes();
      return;
    }
    const full = i32('full');
    code.get(i32('groups')).i32(1).op('i32.sub');
    code.get(i32('lanes')).i32(GROUP).op('i32.sub', 'i32.eqz', 'i32.or').tee(full).when(allLanes);
    code
      .get(full)
      .op('i32.eqz')
      .when(() => {
        code.i32(0).set(i32('lane'));
        code.repeatWhile(() => {
          add((bytes) => code.get(i32('lane')).i32(bytes).op('i32.mul').get(i32('scratch')).op('i32.add'), 0);
          code.get(i32('lane')).i32(1).op('i32.add').tee(i32('lane')).get(i32('lanes')).op('i32.lt_u');
        });
      });
  }

  /** Writes the sums of the four copies of the bins to the counts. */
  emitGather(counting: Counting): void {
    const { code } = this.#routine;
    const to = this.#routine.i32(counting.bins);
    this.#overCopies(counting, (at, offset) => {
      code.get(to);
      for (let copy = 0; copy < 4; copy++) {
        code.get(at).memory('v128.load', offset + 4 * COPIED_BINS * copy);
        if (copy > 0) code.op('i32x4.add');
      }
      code.memory('v128.store');
      code.get(to).i32(16).op('i32.add').set(to);
    });
  }

  /**
   * Writes the agents' rows and actions to the scratch space.
   * @returns whether a byte numbers every bin, so that both were made one number
   */
  #emitNumbers({ rows, actions }: Counting, row: string): boolean {
    const { code } = this.#routine;
    const at = this.#routine.i32('scratch');
    const action = this.#routine.v128('action');
    const numbered = actions > 1 && actions * rows <= BYTE_ROWS && actions <= 16;
    if (rowBytes(rows) === 1) {
      code.get(at).get(this.#routine.v128(row));
      if (numbered) {
        const stride = Uint8Array.from({ length: 16 }, (_, a) => (a < actions ? a * rows : 0));
        code.v128(stride).get(action).op('i8x16.swizzle', 'i8x16.add');
      }
      code.memory('v128.store', scratch.rows);
    }
    if (actions > 1 && !numbered) code.get(at).get(action).memory('v128.store', scratch.lanes);
    return numbered;
  }

  /** Visits bins that are copied four at a time: at an address less where the copies begin. */
  #overCopies(counting: Counting, visit: (at: number, offset: number) => void): void {
    const offset = copies(counting);
    if (offset === undefined) return;
    const { code } = this.#routine;
    const [at, left] = [this.#routine.i32('bin'), this.#routine.i32('left')];
    code
      .i32(Math.ceil((counting.rows * counting.actions) / 4))
      .set(left)
      .get(this.#routine.i32('scratch'))
      .set(at);
    code.repeatWhile(() => {
      visit(at, offset);
      code.get(at).i32(16).op('i32.add').set(at);
      code.get(left).i32(1).op('i32.sub').tee(left);
    });
  }
}

/** Where in the scratch space the copies begin; undefined if the bins are too many to be copied. */
const copies = ({ bins, rows, actions }: Counting): number | undefined =>
  rows * actions <= COPIED_BINS ? scratch[bins] : undefined;
