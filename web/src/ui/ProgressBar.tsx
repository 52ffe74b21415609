/**
 * How far something is.
 * @param value in percent; null when nobody knows
 */
export function ProgressBar({
  value,
  label,
  still,
}: {
  value: number | null;
  label: string;
  still?: boolean;
}) {
  const known = value !== null;
  return (
    <div
      class={`bar${known ? '' : ' unknown'}${still ? ' still' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.floor(value) : undefined}
    >
      <div class="bar-fill" style={known ? { transform: `scaleX(${value / 100})` } : undefined} />
    </div>
  );
}
