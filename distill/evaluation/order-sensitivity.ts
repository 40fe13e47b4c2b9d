/** How much a model's answer depends on the order in which the phrases of a state are shown. */
export interface OrderSensitivity {
  /** States that can be shown in two orders or more and were asked in several. */
  readonly states: number;
  /** Orders a state, at most. */
  readonly orders: number;
  /** Mean over states of the standard deviation over the orders of a state. */
  readonly meanSd: number;
  /** Largest of these standard deviations. */
  readonly maxSd: number;
  /** Mean over states of the variance over orders: the MSE, on labels in random order, below which no model that ignores order can get. */
  readonly variance: number;
  /** Mean of the squared change from the answer in canonical order. */
  readonly changeFromCanonical: number;
  /** Whether it was known and not measured: the model does not see the order. */
  readonly byConstruction: boolean;
}
