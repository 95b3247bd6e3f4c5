/**
 * What the evaluate route asks of an engine. Bodies and answers are bytes of JSON: what lies between, reading and writing
 * included, is done where it holds up no other request.
 */
export interface RuleEngine extends AsyncDisposable {
  /**
   * One evaluation of the rules over the facts in `body`, from nothing: nothing is kept for the next. Takes the memory of
   * `body` away where it can. `gone` says that nobody waits for the answer any more.
   * @throws ApiError 400 with all problems of the input, 422 for rules that find no end or take too much memory, 503
   * while too much is waiting
   */
  evaluate(body: Uint8Array, gone: AbortSignal): Promise<Uint8Array>;
}
