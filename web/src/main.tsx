import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './ui/base.css'
import './ui/parts.css'
import './ui/copy.css'
import './ui/dialog.css'
import './ui/sections.css'
import './shell/shell.css'
import './box/box.css'
import './apps/apps.css'
import './addons/addons.css'
import './deploys/deploys.css'
import './deploys/terminal.css'
import './telemetry/lines.css'
import './telemetry/charts.css'
import './people/people.css'
import { queries } from './shell/api.ts'
import { Console } from './shell/console.tsx'
import { applyTheme } from './shell/theme.ts'

applyTheme()
const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Console />
      </QueryClientProvider>
    </StrictMode>,
  )
}
