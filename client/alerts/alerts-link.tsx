import { Link } from '@tanstack/react-router';
import { Bell } from 'lucide-react';
import { useRoute } from '../api.ts';
import { buttonClass } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Tooltip } from '../ui/tooltip.tsx';

/** On every page: how many alerts are open. */
export function AlertsLink() {
  const alerts = useRoute('listAlerts', {}).data;
  const open = alerts?.open ?? 0;
  const words = open === 0 ? 'No open alerts' : open === 1 ? '1 open alert' : `${open} open alerts`;
  return (
    <Tooltip text={words} side="bottom">
      <Link to="/monitor/alerts" aria-label={words} className={classNames(buttonClass('ghost'), 'relative w-8 px-0!')}>
        <Bell size={16} aria-hidden />
        {open > 0 && (
          <span
            aria-hidden
            className="bg-bad text-surface tabular absolute -top-0.5 -right-0.5 min-w-4 rounded-full px-1 text-center text-[10px] leading-4 font-semibold"
          >
            {open > 99 ? '99+' : open}
          </span>
        )}
      </Link>
    </Tooltip>
  );
}
