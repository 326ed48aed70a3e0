// Solves the Poisson system of 64^3 unknowns by CG with smoothed aggregation and prints the greatest resident memory of the process, MB.
import { poisson, SparseProduct } from "calculemus/array";
import { amg, cg } from "calculemus/linear";

const size = Number(process.argv[2]);
const matrix = new SparseProduct(poisson(size, 3));
const preconditioner = amg(matrix);
const { status, iterations } = cg(matrix, new Float64Array(matrix.rows).fill(1), { preconditioner });
console.log(JSON.stringify({ status, iterations, megabytes: process.resourceUsage().maxRSS / 1024 }));
