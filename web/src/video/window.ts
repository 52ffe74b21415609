/** Which rows of a grid are to be drawn, of very many. */
export interface GridWindow {
  columns: number;
  rows: number;
  firstRow: number;
  /** One behind the last. */
  endRow: number;
}

interface GridPlace {
  total: number;
  /** Of the grid, in pixels. */
  width: number;
  /** Of the smallest cell with its gap, in pixels. */
  cellWidth: number;
  rowHeight: number;
  /** How far the grid's top lies above the window's; negative while it lies below. */
  scrolled: number;
  windowHeight: number;
}

/** Rows beyond the window that are drawn already. */
const SPARE_ROWS = 3;

/** What of a grid of equal cells can be seen. */
export function windowOf({
  total,
  width,
  cellWidth,
  rowHeight,
  scrolled,
  windowHeight,
}: GridPlace): GridWindow {
  const columns = Math.max(2, Math.floor(width / cellWidth));
  const rows = Math.ceil(total / columns);
  const first = Math.floor(scrolled / rowHeight) - SPARE_ROWS;
  const end = Math.ceil((scrolled + windowHeight) / rowHeight) + SPARE_ROWS;
  const firstRow = Math.min(Math.max(0, first), rows);
  return { columns, rows, firstRow, endRow: Math.min(Math.max(firstRow, end), rows) };
}
