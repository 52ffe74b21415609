/**
 * Where nothing has the focus any more, because what had it is about to go, give it to what is left: whoever works with
 * the keyboard or a screen reader would begin at the top of the page.
 * @param place where a button may stand in for the one that goes; else the heading of what is shown does
 */
export function rescueFocus(place?: Element | null): void {
  setTimeout(() => {
    if (document.activeElement !== document.body) return;
    const next = place?.isConnected ? place.querySelector<HTMLElement>('button') : null;
    if (next) next.focus({ preventScroll: true });
    else focusHeading();
  });
}

function focusHeading(): void {
  const headings = document.querySelectorAll<HTMLElement>('.view-title, dialog[open] .dialog-head h2');
  const heading = [...headings].at(-1);
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
