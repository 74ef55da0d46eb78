#include <cblas.h>

/* Of LAPACK, which OpenBLAS contains and Debian's header leaves out: eigenvalues and eigenvectors of a symmetric matrix. */
void ssyevd_(const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w, float *work,
             const int *lwork, int *iwork, const int *liwork, int *info);

/* Likewise the Cholesky solution of A·X = B for a symmetric positive definite A. */
void dposv_(const char *uplo, const int *n, const int *nrhs, double *a, const int *lda, double *b, const int *ldb,
            int *info);

/* Likewise the Cholesky factor of a symmetric positive definite matrix, and the inverse of a triangular one. */
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void strtri_(const char *uplo, const char *diag, const int *n, float *a, const int *lda, int *info);

/* Likewise the LQ factors of a general matrix, and its singular values. */
void dgelqf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work, const int *lwork,
             int *info);
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u,
             const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *iwork, int *info);
