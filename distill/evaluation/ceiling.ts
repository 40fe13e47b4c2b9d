/** What labels with the teacher's noise in them let a student reach, or why that is not known. */
export type Ceiling = CeilingKnown | CeilingUndefined;

export interface CeilingKnown {
  /** R² on the test rows of a student that knows the teacher's mean answer to every state exactly, in expectation. */
  readonly r2: number;
  /** Its MSE: the variance that is left in the labels. */
  readonly mse: number;
  /** MSE on the test rows of asking the teacher once more, at the temperature of the stability study, in expectation. */
  readonly reasking: number;
  /** What the labels are, and what was taken for granted about them. */
  readonly labels: string;
}

export interface CeilingUndefined {
  readonly r2: null;
  readonly reason: string;
}
