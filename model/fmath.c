/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fmath: see fmath.h.
 *
 * exp: x = n ln2/64 + r with |r| <= ln2/128; exp x = 2^(n/64) exp r, a table and a Taylor series.
 * log: x = 2^e z with z in [0.707, 1.414); c is 1/z to 8 bits, in 12 bits, so that z c - 1 is exact
 *      when z is split in two; log x = e ln2 - log c + log1p(z c - 1), a table and a series again.
 * pow: exp(y log x) with log x and the product as unevaluated sums of two doubles, some 68 bits.
 *
 * What carries the result is kept exact: ln2's and the table's high parts have trailing zeros, so
 * that their multiples and sums round nowhere; every rounding left is 2^-6 or less of the last one.
 * The compiler must neither contract nor reassociate: the error terms below are zero on paper.
 */
#include "model/fmath.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "doubles are computed as doubles");

/* A value as the sum of a double and a rest below half its last place. */
struct pair {
    double high, low;
};

struct power {
    double high, low; /* 2^(i/64) */
};

struct part {
    double reciprocal, high, low; /* c, and -log c in two */
};

#define Z_FIRST (181.0 / 256) /* sqrt(1/2), at the edge of a part */

/* Literal, since they decide bytes. Written by: python3 tests/tools/ziggurat.py fmath */
/* clang-format off */
#define LN2_HIGH 0x1.62e42fefa38p-1
#define LN2_LOW 0x1.ef35793c7673p-45
#define LN2_64_HIGH 0x1.62e42fefap-7
#define LN2_64_LOW 0x1.cf79abc9e3b3ap-46
#define PER_LN2_64 0x1.71547652b82fep+6
static const struct power two_to[64] = {
    {0x1p+0, 0x0p+0}, {0x1.02c9a3e778061p+0, -0x1.19083535b085dp-56},
    {0x1.059b0d3158574p+0, 0x1.d73e2a475b465p-55}, {0x1.0874518759bc8p+0, 0x1.186be4bb284ffp-57},
    {0x1.0b5586cf9890fp+0, 0x1.8a62e4adc610bp-54}, {0x1.0e3ec32d3d1a2p+0, 0x1.03a1727c57b53p-59},
    {0x1.11301d0125b51p+0, -0x1.6c51039449b3ap-54}, {0x1.1429aaea92dep+0, -0x1.32fbf9af1369ep-54},
    {0x1.172b83c7d517bp+0, -0x1.19041b9d78a76p-55}, {0x1.1a35beb6fcb75p+0, 0x1.e5b4c7b4968e4p-55},
    {0x1.1d4873168b9aap+0, 0x1.e016e00a2643cp-54}, {0x1.2063b88628cd6p+0, 0x1.dc775814a8495p-55},
    {0x1.2387a6e756238p+0, 0x1.9b07eb6c70573p-54}, {0x1.26b4565e27cddp+0, 0x1.2bd339940e9d9p-55},
    {0x1.29e9df51fdee1p+0, 0x1.612e8afad1255p-55}, {0x1.2d285a6e4030bp+0, 0x1.0024754db41d5p-54},
    {0x1.306fe0a31b715p+0, 0x1.6f46ad23182e4p-55}, {0x1.33c08b26416ffp+0, 0x1.32721843659a6p-54},
    {0x1.371a7373aa9cbp+0, -0x1.63aeabf42eae2p-54}, {0x1.3a7db34e59ff7p+0, -0x1.5e436d661f5e3p-56},
    {0x1.3dea64c123422p+0, 0x1.ada0911f09ebcp-55}, {0x1.4160a21f72e2ap+0, -0x1.ef3691c309278p-58},
    {0x1.44e086061892dp+0, 0x1.89b7a04ef80dp-59}, {0x1.486a2b5c13cdp+0, 0x1.3c1a3b69062fp-56},
    {0x1.4bfdad5362a27p+0, 0x1.d4397afec42e2p-56}, {0x1.4f9b2769d2ca7p+0, -0x1.4b309d25957e3p-54},
    {0x1.5342b569d4f82p+0, -0x1.07abe1db13cadp-55}, {0x1.56f4736b527dap+0, 0x1.9bb2c011d93adp-54},
    {0x1.5ab07dd485429p+0, 0x1.6324c054647adp-54}, {0x1.5e76f15ad2148p+0, 0x1.ba6f93080e65ep-54},
    {0x1.6247eb03a5585p+0, -0x1.383c17e40b497p-54}, {0x1.6623882552225p+0, -0x1.bb60987591c34p-54},
    {0x1.6a09e667f3bcdp+0, -0x1.bdd3413b26456p-54}, {0x1.6dfb23c651a2fp+0, -0x1.bbe3a683c88abp-57},
    {0x1.71f75e8ec5f74p+0, -0x1.16e4786887a99p-55}, {0x1.75feb564267c9p+0, -0x1.0245957316dd3p-54},
    {0x1.7a11473eb0187p+0, -0x1.41577ee04992fp-55}, {0x1.7e2f336cf4e62p+0, 0x1.05d02ba15797ep-56},
    {0x1.82589994cce13p+0, -0x1.d4c1dd41532d8p-54}, {0x1.868d99b4492edp+0, -0x1.fc6f89bd4f6bap-54},
    {0x1.8ace5422aa0dbp+0, 0x1.6e9f156864b27p-54}, {0x1.8f1ae99157736p+0, 0x1.5cc13a2e3976cp-55},
    {0x1.93737b0cdc5e5p+0, -0x1.75fc781b57ebcp-57}, {0x1.97d829fde4e5p+0, -0x1.d185b7c1b85d1p-54},
    {0x1.9c49182a3f09p+0, 0x1.c7c46b071f2bep-56}, {0x1.a0c667b5de565p+0, -0x1.359495d1cd533p-54},
    {0x1.a5503b23e255dp+0, -0x1.d2f6edb8d41e1p-54}, {0x1.a9e6b5579fdbfp+0, 0x1.0fac90ef7fd31p-54},
    {0x1.ae89f995ad3adp+0, 0x1.7a1cd345dcc81p-54}, {0x1.b33a2b84f15fbp+0, -0x1.2805e3084d708p-57},
    {0x1.b7f76f2fb5e47p+0, -0x1.5584f7e54ac3bp-56}, {0x1.bcc1e904bc1d2p+0, 0x1.23dd07a2d9e84p-55},
    {0x1.c199bdd85529cp+0, 0x1.11065895048ddp-55}, {0x1.c67f12e57d14bp+0, 0x1.2884dff483cadp-54},
    {0x1.cb720dcef9069p+0, 0x1.503cbd1e949dbp-56}, {0x1.d072d4a07897cp+0, -0x1.cbc3743797a9cp-54},
    {0x1.d5818dcfba487p+0, 0x1.2ed02d75b3707p-55}, {0x1.da9e603db3285p+0, 0x1.c2300696db532p-54},
    {0x1.dfc97337b9b5fp+0, -0x1.1a5cd4f184b5cp-54}, {0x1.e502ee78b3ff6p+0, 0x1.39e8980a9cc8fp-55},
    {0x1.ea4afa2a490dap+0, -0x1.e9c23179c2893p-54}, {0x1.efa1bee615a27p+0, 0x1.dc7f486a4b6bp-54},
    {0x1.f50765b6e454p+0, 0x1.9d3e12dd8a18bp-54}, {0x1.fa7c1819e90d8p+0, 0x1.74853f3a5931ep-55},
};
static const struct part parts[128] = {
    {0x1.691p+0, -0x1.6020689b1cp-2, -0x1.d347838cc1p-44},
    {0x1.672p+0, -0x1.5a9ded96bcp-2, -0x1.93f1fd89e9p-44},
    {0x1.652p+0, -0x1.54e5f19e5cp-2, 0x1.0e00629cd8p-45},
    {0x1.633p+0, -0x1.4f53de9d25p-2, 0x1.39fd65665ap-44},
    {0x1.615p+0, -0x1.49e85f23bcp-2, 0x1.9b66e37d5p-48},
    {0x1.5f6p+0, -0x1.4446dddb97p-2, -0x1.d79e34224bp-44},
    {0x1.5d8p+0, -0x1.3ecc460ef6p-2, 0x1.6028627c1p-47},
    {0x1.5bbp+0, -0x1.3979434698p-2, 0x1.8d1b87197p-44},
    {0x1.59dp+0, -0x1.33efc101dcp-2, 0x1.07ffd6637fp-44},
    {0x1.58p+0, -0x1.2e8e2bae12p-2, 0x1.67b1e99b72p-45},
    {0x1.564p+0, -0x1.29552f81ffp-2, -0x1.48d301771cp-44},
    {0x1.547p+0, -0x1.23e5398b93p-2, -0x1.d074ccc4p-46},
    {0x1.52bp+0, -0x1.1e9e367889p-2, -0x1.f45475b87cp-46},
    {0x1.50fp+0, -0x1.195033b44p-2, 0x1.59a399987cp-44},
    {0x1.4f4p+0, -0x1.142bfeb9ap-2, -0x1.1ce6185b59p-44},
    {0x1.4d8p+0, -0x1.0ed005f658p-2, 0x1.2dc75285aap-45},
    {0x1.4bdp+0, -0x1.099e371c0cp-2, 0x1.bf067c9a14p-45},
    {0x1.4a2p+0, -0x1.0465a08155p-2, 0x1.905f0ad8p-52},
    {0x1.488p+0, -0x1.feb0233e6p-3, -0x1.f316e32d5ep-45},
    {0x1.46ep+0, -0x1.f488311d1cp-3, 0x1.6da82c5068p-44},
    {0x1.454p+0, -0x1.ea5349e23ap-3, -0x1.81b934c73dp-44},
    {0x1.43ap+0, -0x1.e0114c5332p-3, 0x1.a0452642f2p-45},
    {0x1.421p+0, -0x1.d627d7c1b2p-3, -0x1.b4d5f1683p-44},
    {0x1.408p+0, -0x1.cc320c0176p-3, -0x1.409039a654p-45},
    {0x1.3efp+0, -0x1.c22fca3188p-3, -0x1.f7402b103p-45},
    {0x1.3d6p+0, -0x1.b820f2fc7ep-3, -0x1.42177bcc38p-45},
    {0x1.3bdp+0, -0x1.ae05669628p-3, -0x1.04a6c261e7p-44},
    {0x1.3a5p+0, -0x1.a4454820d2p-3, 0x1.818c4e19fep-45},
    {0x1.38dp+0, -0x1.9a7938d20ap-3, 0x1.ae29c8a9cap-45},
    {0x1.375p+0, -0x1.90a11b46bap-3, 0x1.2a7fbfb22ap-45},
    {0x1.35ep+0, -0x1.8726935acap-3, -0x1.8c4bb26323p-44},
    {0x1.346p+0, -0x1.7d36832b9p-3, 0x1.e3a5d33dd4p-44},
    {0x1.32fp+0, -0x1.73a4d01722p-3, -0x1.cb735fe0d9p-44},
    {0x1.318p+0, -0x1.6a079d0f7ap-3, -0x1.5a3f8448d1p-44},
    {0x1.302p+0, -0x1.60ca8fe886p-3, 0x1.d42dd7805ap-45},
    {0x1.2ebp+0, -0x1.57168c4bp-3, 0x1.e344b9edbfp-44},
    {0x1.2d5p+0, -0x1.4dc378969cp-3, 0x1.c7d9499122p-44},
    {0x1.2bfp+0, -0x1.446579dc22p-3, -0x1.eec7ab57b8p-46},
    {0x1.2a9p+0, -0x1.3afc766c1ep-3, -0x1.07ed40b96p-46},
    {0x1.293p+0, -0x1.3188543c0ap-3, 0x1.d7b571ffd8p-45},
    {0x1.27ep+0, -0x1.2877bbc0b6p-3, -0x1.74be8dfa17p-44},
    {0x1.269p+0, -0x1.1f5cd21a0ep-3, 0x1.b1eeb2a224p-45},
    {0x1.254p+0, -0x1.16377fb124p-3, -0x1.91e1abf418p-47},
    {0x1.23fp+0, -0x1.0d07ac9dccp-3, 0x1.84277be228p-46},
    {0x1.22ap+0, -0x1.03cd40a51ap-3, -0x1.81a979c146p-44},
    {0x1.215p+0, -0x1.f510466fd8p-4, -0x1.7edcad73ap-49},
    {0x1.201p+0, -0x1.e353fec9a4p-4, 0x1.967061111ep-44},
    {0x1.1edp+0, -0x1.d183f87ea8p-4, 0x1.9075cabdep-45},
    {0x1.1d9p+0, -0x1.bfa007672cp-4, 0x1.5dd5d16887p-44},
    {0x1.1c5p+0, -0x1.ada7fec6acp-4, -0x1.002406976p-45},
    {0x1.1b1p+0, -0x1.9b9bb14948p-4, -0x1.166c649a11p-44},
    {0x1.19ep+0, -0x1.8a6377a914p-4, -0x1.c28bb5a464p-44},
    {0x1.18bp+0, -0x1.7918a1bf98p-4, -0x1.d6223a1e8p-48},
    {0x1.178p+0, -0x1.67bb0726ecp-4, -0x1.f724b69fp-49},
    {0x1.165p+0, -0x1.564a7ef514p-4, -0x1.8899517ccp-47},
    {0x1.152p+0, -0x1.44c6dfb9b8p-4, 0x1.3f34507cbcp-45},
    {0x1.13fp+0, -0x1.332fff7bdp-4, -0x1.f18282a4f5p-44},
    {0x1.12dp+0, -0x1.22743457a8p-4, -0x1.c8dad082bbp-44},
    {0x1.11ap+0, -0x1.10b75afd68p-4, 0x1.f39e8ccf1ap-44},
    {0x1.108p+0, -0x1.ffae9119b8p-5, -0x1.303374262cp-45},
    {0x1.0f6p+0, -0x1.ddcaadb47p-5, 0x1.0e4f7b2a48p-45},
    {0x1.0e4p+0, -0x1.bbc2bfc45p-5, 0x1.7d18691418p-46},
    {0x1.0d2p+0, -0x1.99967a4f28p-5, -0x1.8e432ed72fp-44},
    {0x1.0c1p+0, -0x1.792e93e518p-5, -0x1.9ec95df22p-45},
    {0x1.0afp+0, -0x1.56bac43ed8p-5, 0x1.985720808p-51},
    {0x1.09ep+0, -0x1.360ebf5d8p-5, -0x1.bb2b2503a6p-44},
    {0x1.08dp+0, -0x1.15413ca0e8p-5, 0x1.ab0d8e961p-46},
    {0x1.07cp+0, -0x1.e8a3ee30dp-6, 0x1.1a9fa3de54p-45},
    {0x1.06bp+0, -0x1.a68151fb6p-6, 0x1.fdb02101dap-45},
    {0x1.05ap+0, -0x1.641a17627p-6, -0x1.adec6522fp-47},
    {0x1.049p+0, -0x1.216daf6d9p-6, -0x1.90ccf06b6p-45},
    {0x1.039p+0, -0x1.c4db352e6p-7, -0x1.a8e3079346p-44},
    {0x1.028p+0, -0x1.3e7295d26p-7, 0x1.609c1ff29ap-45},
    {0x1.018p+0, -0x1.7ee11ebd8p-8, -0x1.749d3c2d2p-47},
    {0x1p+0, 0x0p+0, 0x0p+0},
    {0x1p+0, 0x0p+0, 0x0p+0},
    {0x1.fa2p-1, 0x1.7a2c82e22p-7, -0x1.a736e8e4acp-44},
    {0x1.f64p-1, 0x1.3b024b78cp-6, 0x1.59a5e23a03p-44},
    {0x1.f26p-1, 0x1.b9e8027e2p-6, -0x1.b9c9bb4f5p-44},
    {0x1.eeap-1, 0x1.1ad398c6dp-5, -0x1.53c3692e2ep-44},
    {0x1.eaep-1, 0x1.592bbc152p-5, 0x1.5c8f0d4e58p-45},
    {0x1.e74p-1, 0x1.95e430f8dp-5, -0x1.ba22cf7688p-45},
    {0x1.e3ap-1, 0x1.d310ba2048p-5, -0x1.52f56484a3p-44},
    {0x1.e02p-1, 0x1.0748836298p-4, -0x1.bf52a3dd05p-44},
    {0x1.dcap-1, 0x1.254062f0a8p-4, 0x1.416fe50bf4p-44},
    {0x1.d92p-1, 0x1.4370ce02b8p-4, -0x1.0c13083158p-47},
    {0x1.d5cp-1, 0x1.60c38ba798p-4, 0x1.45cb10ebbp-44},
    {0x1.d28p-1, 0x1.7d33687c28p-4, 0x1.3c88c3e706p-44},
    {0x1.cf2p-1, 0x1.9af124d64cp-4, 0x1.897585039cp-46},
    {0x1.cbep-1, 0x1.b7c9832f58p-4, 0x1.a026b112p-52},
    {0x1.c8cp-1, 0x1.d3b73f37ep-4, 0x1.f9a8099ed3p-44},
    {0x1.c58p-1, 0x1.f0f70cdd98p-4, 0x1.2e31f6c273p-44},
    {0x1.c26p-1, 0x1.06a4d1d26cp-3, 0x1.7964dd105cp-45},
    {0x1.bf6p-1, 0x1.1454d89538p-3, -0x1.7c74877e09p-44},
    {0x1.bc4p-1, 0x1.22aff2ddbep-3, -0x1.a3c2a6b06ap-45},
    {0x1.b96p-1, 0x1.2ffbf29a66p-3, 0x1.16e4b9de5ep-45},
    {0x1.b66p-1, 0x1.3df3ab135p-3, 0x1.7da75b0836p-45},
    {0x1.b38p-1, 0x1.4b6d6fefe2p-3, 0x1.522ecf56e8p-46},
    {0x1.b0ap-1, 0x1.58fe0e4c62p-3, 0x1.d5bdfddc4p-44},
    {0x1.adcp-1, 0x1.66a5d42a3ap-3, 0x1.a68933aap-44},
    {0x1.abp-1, 0x1.73cb9074fep-3, -0x1.d66a90dp-44},
    {0x1.a82p-1, 0x1.81a18b422p-3, 0x1.4d34515572p-45},
    {0x1.a58p-1, 0x1.8e588ebac2p-3, 0x1.b7d5cab2d1p-44},
    {0x1.a2cp-1, 0x1.9bc062f27p-3, -0x1.e2c9f9fd88p-46},
    {0x1.a02p-1, 0x1.a8a14ffee6p-3, 0x1.af5f2ba95ep-45},
    {0x1.9d8p-1, 0x1.b5971a213ap-3, 0x1.9b50e83aa9p-44},
    {0x1.9aep-1, 0x1.c2a2056106p-3, -0x1.b027c66fb4p-45},
    {0x1.986p-1, 0x1.cf21d5ecbap-3, 0x1.4c9ba732fdp-44},
    {0x1.95cp-1, 0x1.dc56cae452p-3, 0x1.eb37aa24e2p-44},
    {0x1.934p-1, 0x1.e8ff2622bap-3, 0x1.78e13d3398p-44},
    {0x1.90ep-1, 0x1.f518262c38p-3, 0x1.04217142cp-48},
    {0x1.8e6p-1, 0x1.00f40470c7p-2, 0x1.921a5f3a46p-45},
    {0x1.8cp-1, 0x1.07138604d6p-2, -0x1.e76324e913p-44},
    {0x1.89ap-1, 0x1.0d3c7586cdp-2, 0x1.790b213086p-44},
    {0x1.874p-1, 0x1.136ef02e83p-2, -0x1.bd05830e58p-44},
    {0x1.85p-1, 0x1.1956d3b9bcp-2, 0x1.7d2f73ad1ap-45},
    {0x1.82ap-1, 0x1.1f9c39f74cp-2, 0x1.55d515541dp-44},
    {0x1.806p-1, 0x1.2596410df9p-2, 0x1.8e7c177a44p-44},
    {0x1.7e2p-1, 0x1.2b9943b06cp-2, -0x1.450053120cp-45},
    {0x1.7bep-1, 0x1.31a55d07a8p-2, 0x1.642a204b4fp-44},
    {0x1.79cp-1, 0x1.3763e64645p-2, 0x1.18b1f291ddp-44},
    {0x1.77ap-1, 0x1.3d2abb3b3bp-2, 0x1.37bbee1a3ap-44},
    {0x1.756p-1, 0x1.4351b33744p-2, -0x1.474d03d2d8p-46},
    {0x1.734p-1, 0x1.4929e8db4ep-2, 0x1.b9056556c7p-44},
    {0x1.714p-1, 0x1.4eb1f36b07p-2, 0x1.8404746e58p-46},
    {0x1.6f2p-1, 0x1.549aec5dfp-2, -0x1.dfa8e9950dp-44},
    {0x1.6d2p-1, 0x1.5a32eb2e4fp-2, -0x1.4d2a2a5b4ep-44},
    {0x1.6b2p-1, 0x1.5fd2c78c79p-2, -0x1.f5f6dea948p-44},
};
/* clang-format on */

static inline uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double double_of(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* a + b exactly, where |a| >= |b| or a is 0 (Dekker 1971). */
static inline struct pair sum(double a, double b) {
    double s = a + b;
    return (struct pair){s, a - s + b};
}

/* a b exactly (Veltkamp's splitting, Dekker's product), |a|, |b| < 2^990. */
static inline struct pair product(double a, double b) {
    double a_wide = 0x1p27 * a + a, b_wide = 0x1p27 * b + b, p = a * b;
    double a1 = a_wide - (a_wide - a), b1 = b_wide - (b_wide - b), a2 = a - a1, b2 = b - b1;
    return (struct pair){p, a1 * b1 - p + a1 * b2 + a2 * b1 + a2 * b2};
}

/* 2^n for a normal result. */
static inline double two_to_the(int64_t n) {
    return double_of((uint64_t)(n + 1023) << 52);
}

/* s 2^n where the result may leave the normal numbers: rounds once, in the second product. */
static double scale_far(double s, int64_t n) {
    return s * two_to_the(n / 2) * two_to_the(n - n / 2);
}

/* exp(x + low), |low| < 1. */
static inline double exp_of_pair(double x, double low) {
    bool near = x > -708 && x < 709;
    if (!near && !(x > -746 && x < 710))
        return x > 0 ? HUGE_VAL : x < 0 ? 0 : x;
    double shifted = x * PER_LN2_64 + 0x1.8p52, n = shifted - 0x1.8p52; /* rounds to whole */
    int64_t whole = (int64_t)n, i = whole & 63, e = (whole - i) / 64;
    double r = x - n * LN2_64_HIGH - n * LN2_64_LOW + low, r2 = r * r;
    double rest =
        r + r2 * (0x1p-1 + r * (1.0 / 6) + r2 * (1.0 / 24 + r * (1.0 / 120) + r2 * (1.0 / 720)));
    double s = two_to[i].high + (two_to[i].low + two_to[i].high * rest);
    return near ? s * two_to_the(e) : scale_far(s, e);
}

double fm_exp(double x) {
    return exp_of_pair(x, 0);
}

/* z, e and z's part of x = 2^e z, for 0 < x < infinity. */
static inline double split(double x, int64_t *e, uint64_t *part) {
    bool subnormal = x < DBL_MIN;
    uint64_t bits = bits_of(subnormal ? x * 0x1p54 : x), above = bits - bits_of(Z_FIRST);
    *e = (int64_t)above >> 52; /* arithmetic: rounds down */
    *part = above >> 45 & 127;
    *e -= subnormal ? 54 : 0;
    return double_of(bits - (above & UINT64_MAX << 52));
}

/* (log1p(r) - r + r^2/2) / r^3, |r| <= 2^-7. */
static inline double log1p_rest(double r) {
    double r2 = r * r, r4 = r2 * r2;
    return 1.0 / 3 - r * (1.0 / 4) + r2 * (1.0 / 5 - r * (1.0 / 6)) +
           r4 * (1.0 / 7 - r * (1.0 / 8) + r2 * (1.0 / 9 - r * (1.0 / 10)));
}

/* log x = a + log1p(r) in four parts: a is a double and a rest, r is high + low exactly. */
struct reduced {
    double a, a_low, r, r_low;
};

static inline struct reduced reduce(double x) {
    int64_t e;
    uint64_t i;
    double z = split(x, &e, &i), n = (double)e, c = parts[i].reciprocal;
    double z_high = double_of(bits_of(z) & UINT64_MAX << 27);
    return (struct reduced){n * LN2_HIGH + parts[i].high, n * LN2_LOW + parts[i].low,
                            z_high * c - 1, (z - z_high) * c};
}

double fm_log(double x) {
    if (!(x > 0 && x < HUGE_VAL))
        return x == 0 ? -HUGE_VAL : x < 0 ? NAN : x;
    struct reduced v = reduce(x);
    struct pair r = sum(v.r, v.r_low), s = sum(v.a, r.high);
    double square = r.high * r.high;
    return s.high + (s.low + (r.low + v.a_low) + square * (-0.5 + r.high * log1p_rest(r.high)));
}

/* log x for 0 < x < infinity, to 2^-68 of its size. */
static struct pair log_pair(double x) {
    struct reduced v = reduce(x);
    struct pair r = sum(v.r, v.r_low), square = product(r.high, r.high);
    struct pair a = sum(v.a, r.high), b = sum(a.high, -0.5 * square.high);
    double low = a.low + b.low + (r.low - 0.5 * square.low - r.high * r.low) + v.a_low +
                 square.high * r.high * log1p_rest(r.high);
    return sum(b.high, low);
}

/* The powers that are no exp(y log x): 0, infinity, NaN, and y beyond any finite power but 1. */
static double pow_of_limits(double x, double y) {
    if (x != x || y != y || x < 0)
        return x < 0 ? NAN : x + y;
    bool grows = (x > 1) == (y > 0);
    return grows ? HUGE_VAL : 0;
}

double fm_pow(double x, double y) {
    if (y == 0 || x == 1)
        return 1;
    bool plain = x > 0 && x < HUGE_VAL && y > -0x1p66 && y < 0x1p66;
    if (!plain)
        return pow_of_limits(x, y);
    struct pair l = log_pair(x), p = product(y, l.high);
    return exp_of_pair(p.high, p.low + y * l.low);
}

double fm_gamma(double x) {
    static const double stirling[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188};
    double below = 1, up = 0, series = 0;
    for (; x + up < 16; up++)
        below *= x + up;
    double y = x + up, rest = x - (y - up), square = 1 / (y * y);
    for (int i = 4; i >= 0; i--)
        series = series * square + stirling[i];
    double root_two_pi = 2.5066282746310002, power = fm_pow(y, y - 0.5) * fm_exp(-y);
    return root_two_pi * power * fm_exp(series / y) * (1 + rest * fm_log(y)) / below;
}
