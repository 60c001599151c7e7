/** One name of `npm run bench`: prints progress, and reports one JSON object per case. */
export interface Bench {
  about: string;
  run(report: (line: Record<string, unknown>) => void, progress: (text: string) => void): Promise<void>;
}
