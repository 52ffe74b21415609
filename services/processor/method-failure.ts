/** A way of decoding that did not do for this video; another one may. */
export class MethodFailure extends Error {
  override readonly name = 'MethodFailure';
  /** Whether the packets may do after a look into each of them. */
  readonly lookHelps: boolean;

  constructor(message: string, { lookHelps = true } = {}) {
    super(message);
    this.lookHelps = lookHelps;
  }
}
