"""The unattended program: lists updated, portfolios screened, reports mailed, with nobody watching."""
