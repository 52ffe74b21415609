/** A way of decoding that did not do for this video; another one may. */
export class MethodFailure extends Error {
  override readonly name = 'MethodFailure';
}
