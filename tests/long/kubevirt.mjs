// SPDX-License-Identifier: MIT
// kubevirt.mjs FILE.yaml: compiles each object of the file against the published types of its kind, and prints what the
// compiler says, with the name of the object's kind in front; exits with the number of such lines.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { parseAllDocuments } from 'yaml'

const types = {
	'kubevirt.io/v1 VirtualMachine': ['@kubevirt-ui/kubevirt-api/kubevirt/models/V1VirtualMachine', 'V1VirtualMachine'],
	'v1 Service': ['kubernetes-types/core/v1', 'Service'],
}
const here = dirname(fileURLToPath(import.meta.url))
let said = 0
const say = words => { said++; console.log(words) }

for (const doc of parseAllDocuments(readFileSync(process.argv[2], 'utf8'), { strict: true })) {
	for (const error of [...doc.errors, ...doc.warnings]) say(error.message)
	const object = doc.toJS()
	const kind = `${object.apiVersion} ${object.kind}`
	if (!types[kind]) { say(`${kind}: no such kind here`); continue }
	const [module, type] = types[kind]
	const file = join(mkdtempSync(join(here, 'check-')), 'object.ts')
	writeFileSync(file, `import type { ${type} } from '${module}'\nexport const object: ${type} = ${JSON.stringify(object)}\n`)
	const program = ts.createProgram([file], {
		noEmit: true, strict: true, skipLibCheck: true, types: [], lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
		module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
	})
	// Of our file alone: how others' are written is theirs.
	for (const d of ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
		say(`${kind}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`)
	console.log(`# checked ${kind}`)
}
process.exit(said)
