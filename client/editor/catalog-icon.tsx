import { Box } from 'lucide-react';
import { icons } from './icons.ts';

/** The icon a description names; a box stands for what this version does not know. */
export function CatalogIcon({ name, size = 16, className }: { name: string | undefined; size?: number; className?: string }) {
  const Icon = icons[name ?? ''] ?? Box;
  return <Icon size={size} strokeWidth={1.75} className={className} aria-hidden />;
}
