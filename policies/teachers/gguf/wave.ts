/**
 * Lets workers begin their questions together. llama.cpp computes a batch whose sequences have different lengths piece by
 * piece, at a fixed price each, so one long prompt among single tokens is dear; in a wave all read their prompts at the
 * same time and then all follow their digits.
 */
export class Wave {
  private under = 0;
  private waiting: (() => void)[] = [];
  private scheduled = false;

  /** Resolves when everybody who had begun has ended. */
  begin(): Promise<void> {
    return new Promise((go) => {
      this.waiting.push(go);
      this.release();
    });
  }

  end(): void {
    this.under--;
    this.release();
  }

  private release(): void {
    if (this.under > 0 || this.scheduled) return;
    this.scheduled = true;
    // Whoever ended the last wave in this turn of the event loop is part of the next one.
    setImmediate(() => {
      this.scheduled = false;
      const together = this.waiting.splice(0);
      this.under = together.length;
      for (const go of together) go();
    });
  }
}
