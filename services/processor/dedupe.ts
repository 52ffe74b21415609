/** Compares each picture with the last one that was kept. */
export interface Deduper {
  /**
   * @param thumb a small RGB copy of the picture
   * @returns whether it is nearly the same picture; then it is not kept
   */
  repeats(thumb: Buffer): boolean;
}

/** The difference hash (N. Krawetz, "Kind of Like That") of 17 x 16 cells. */
const COLUMNS = 17;
const ROWS = 16;
/** Neighbouring cells this alike, of 255, count as equal: noise must not decide. */
const FLAT = 2;
/** Of 256 comparisons. */
const MAX_DIFFERENT = 6;
/** How much brighter or darker cells may be on average, of 255: a fade has the same hash. */
const MAX_LUMA_CHANGE = 3;

/** Compares each thumbnail with the last one that was kept; the first is always new. */
export function createDeduper({ width, height }: { width: number; height: number }): Deduper {
  let kept: Float64Array | undefined;
  return {
    repeats: (thumb) => {
      const cells = lumaCells(thumb, width, height);
      if (kept && areAlike(kept, cells)) return true;
      kept = cells;
      return false;
    },
  };
}

function areAlike(a: Float64Array, b: Float64Array): boolean {
  let different = 0;
  let change = 0;
  for (let cell = 0; cell < a.length; cell += 1) {
    change += Math.abs((a[cell] ?? 0) - (b[cell] ?? 0));
    if (cell % COLUMNS > 0 && slope(a, cell) !== slope(b, cell)) different += 1;
  }
  return different <= MAX_DIFFERENT && change / a.length <= MAX_LUMA_CHANGE;
}

/** Whether a cell is darker than its left neighbour (-1), as bright (0) or brighter (1). */
function slope(cells: Float64Array, cell: number): number {
  const difference = (cells[cell] ?? 0) - (cells[cell - 1] ?? 0);
  return Math.abs(difference) <= FLAT ? 0 : Math.sign(difference);
}

/** The mean luma (ITU-R BT.601) of each cell, row by row. */
function lumaCells(rgb: Buffer, width: number, height: number): Float64Array {
  const sums = new Float64Array(COLUMNS * ROWS);
  const counts = new Float64Array(COLUMNS * ROWS);
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor((y * ROWS) / height) * COLUMNS;
    for (let x = 0; x < width; x += 1) {
      const cell = row + Math.floor((x * COLUMNS) / width);
      const at = (y * width + x) * 3;
      sums[cell] = (sums[cell] ?? 0) + lumaAt(rgb, at);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return sums.map((sum, cell) => sum / Math.max(counts[cell] ?? 0, 1));
}

function lumaAt(rgb: Buffer, at: number): number {
  return 0.299 * (rgb[at] ?? 0) + 0.587 * (rgb[at + 1] ?? 0) + 0.114 * (rgb[at + 2] ?? 0);
}
