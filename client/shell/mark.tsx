/** Mailroom's sign: an envelope drawn as an M. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden className="text-accent">
      <rect width="24" height="24" rx="5" fill="currentColor" />
      <path
        d="M5 17V7.5l7 5.5 7-5.5V17"
        fill="none"
        className="stroke-accent-ink"
        strokeWidth="2"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}
